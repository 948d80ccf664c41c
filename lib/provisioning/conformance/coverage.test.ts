import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

// Every rule has a test whose name begins with its id, and the table in docs/scim.md names every rule.

const folder = join("lib", "provisioning", "conformance");

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
}

/** The rules of scim.md part B, of its standards C1 and C5, and of entra.md §8. */
const rules = [
  ...numbered("F", 24),
  ...numbered("Q", 17),
  ...numbered("W", 19),
  ...numbered("P", 26),
  ...numbered("K", 10),
  ...numbered("E", 19),
  ...Array.from({ length: 71 }, (_, index) => `R-${String(index + 1).padStart(2, "0")}`),
  "C1",
  "C5",
];

/** TLS is up to the proxy, as docs/scim.md says. */
const documented = ["R-08"];

const id = /(?:[FQWPKEC]\d{1,2}|R-\d{2})/.source;

/** The ids that names of tests begin with. */
function tested(): Set<string> {
  const files = readdirSync(folder).filter((name) => name.endsWith(".db.test.ts"));
  const texts = files.map((name) => readFileSync(join(folder, name), "utf8"));
  const names = texts.flatMap((text) => [...text.matchAll(new RegExp(`["'\`]((?:${id}, )*${id}) `, "g"))]);
  return new Set(names.flatMap(([, ids = ""]) => ids.split(", ")));
}

/** The ids in the last column of the table in docs/scim.md. */
function supported(): string[] {
  const page = readFileSync("docs/scim.md", "utf8");
  const table = page.slice(page.indexOf("## What is supported"), page.indexOf("R-08 (TLS"));
  const rows = table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| Standard"));
  return rows.flatMap((row) => row.split("|").at(-2)?.trim().split(" ") ?? []);
}

describe("the rules", () => {
  test("each has a test whose name begins with its id", () => {
    const known = tested();
    expect(rules.filter((rule) => !known.has(rule) && !documented.includes(rule))).toEqual([]);
    expect([...known].filter((rule) => !rules.includes(rule) && rule !== "C6")).toEqual([]);
  });

  test("README's table of what is supported names each of them once", () => {
    const named = supported();
    expect(named.length).toBeGreaterThan(150);
    expect(rules.filter((rule) => !named.includes(rule) && !documented.includes(rule))).toEqual([]);
    expect(named.filter((rule, index) => !rules.includes(rule) || named.indexOf(rule) !== index)).toEqual([]);
    for (const rule of documented) expect(readFileSync("docs/scim.md", "utf8")).toContain(`${rule} (`);
  });
});
