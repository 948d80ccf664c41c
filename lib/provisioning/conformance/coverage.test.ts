import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isHeldElsewhere, rulesOf } from "@/scripts/testing/rules";

// Every rule of SCIM and of Entra's wire (docs/rules) has a test whose name begins with its id, and the table in docs/scim.md names
// every rule.

const folder = join("lib", "provisioning", "conformance");

/** C6 is tested together with C5. */
const rows = [...rulesOf("docs/rules/scim.md"), ...rulesOf("docs/rules/entra.md")].filter(
  ({ id }) => !/^S\d|^C6$/.test(id),
);
const rules = rows.map(({ id }) => id);
const documented = rows.filter(isHeldElsewhere).map(({ id }) => id);

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
  const table = page.slice(page.indexOf("## What is supported"), page.indexOf("\nR-08 (TLS"));
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
