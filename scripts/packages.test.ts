import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Package = Record<"dependencies" | "devDependencies" | "optionalDependencies", Record<string, string>>;

test("prereleases are pinned exactly: the next one may break anything", () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync("package.json", "utf8"),
  ) as Package;
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(all.filter(([, range]) => /\d-/.test(range) && !/^\d+\.\d+\.\d+-[\w.]+$/.test(range))).toEqual([]);
});
