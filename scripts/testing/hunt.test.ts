import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import fc from "./fast-check";
import { hunt } from "./hunt";

const folders = ["app", "bench", "components", "e2e", "lib", "scripts"];
const sources = folders
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`))
  .filter((name) => /\.(tsx?|mjs)$/.test(name) && name !== "scripts/testing/hunt.test.ts")
  .sort()
  .map((name) => [name, readFileSync(name, "utf8")] as const);

/** Files in which a text stands. */
const holding = (pattern: RegExp) => sources.filter(([, text]) => pattern.test(text)).map(([name]) => name);
const isTest = (name: string) => /\.(test|spec)\.tsx?$|^e2e\//.test(name);

describe("F2 npm test draws the same cases each time", () => {
  test("F2 a hunt runs through the same values twice", async () => {
    const draw = async () => {
      const values: unknown[] = [];
      await hunt("nothing-of-this-name", fc.string(), 50, (value) => void values.push(value));
      return values;
    };
    const first = await draw();
    expect(first.length).toBe(50);
    expect(await draw()).toEqual(first);
    expect(fc.sample(fc.string(), 20)).toEqual(fc.sample(fc.string(), 20));
  });

  test("F2 what a hunt finds outside of npm run fuzz is told and written nowhere", async () => {
    const failing = hunt("nothing-of-this-name", fc.nat(), 5, () => {
      throw new Error("found");
    });
    await expect(failing).rejects.toThrow("nothing-of-this-name: 0");
    expect(() => readFileSync("lib/scim/corpus/nothing-of-this-name.json")).toThrow("ENOENT");
  });

  test("F2 nobody goes around the seed", () => {
    expect(holding(/from "fast-check"/)).toEqual(["scripts/testing/fast-check.ts"]);
    expect(holding(/Math\.random/).filter(isTest)).toEqual([]);
    const drawing = holding(/random(UUID|Bytes|Int)\b|getRandomValues/).filter(isTest);
    expect(drawing).toEqual(["e2e/idp/entra/random.ts", "e2e/support/oidc-provider.ts"]);
    expect(holding(/Date\.now\(\) %/)).toEqual(["scripts/testing/seeds.ts"]);
  });
});
