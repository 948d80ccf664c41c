import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { isHeldElsewhere, type Rule, rulesOf } from "./testing/rules";

// docs/rules has a row for each id that code, tests and documents name, and each row names the tests that hold its rule.
// MUSTER_WRITE=1 writes the rows' last column.

const folder = "docs/rules";
const pages = ["entra", "scim", "threats", "faults", "decisions"].map((name) => `${folder}/${name}.md`);
const faults = `${folder}/faults.md`;
const rules = pages.flatMap(rulesOf);
const keys = new Set(rules.map(keyOf));

const names = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((name) => existsSync(name));
/** Migrations stay as they were applied. */
const files = names
  .filter((name) => /\.(ts|tsx|mjs|md|prisma)$/.test(name))
  .map((name) => ({ name, text: readFileSync(name, "utf8") }));
const testFiles = files.filter(({ name }) => /\.(test|spec)\.tsx?$/.test(name) || isScenario(name));

/** F10 to F20 are filters and faults. */
function keyOf({ page, id }: Pick<Rule, "page" | "id">): string {
  return page === faults && id.startsWith("F") ? `fault ${id}` : id;
}

/** The simulator's scenarios are named cases, which one test plays together. */
function isScenario(name: string): boolean {
  return name.startsWith("e2e/idp/entra/scenarios/");
}

/** Where ids of RFC rules mean these. Elsewhere, tests that came out of a review begin with the same letters. */
const isScimPlace = (name: string): boolean => /^(README|docs\/|lib\/scim\/|lib\/provisioning\/(?!wire\/))/.test(name);

/** The key of the rule that an id names in a file; null where it names none. */
function meaningOf(id: string, name: string): string | null {
  if (/^([RD]-|T|I)/.test(id)) return id;
  if (id.startsWith("S")) return name.startsWith("e2e/idp/entra/") || name.startsWith(folder) ? id : null;
  if (/^F0\d$/.test(id) || (name === faults && id.startsWith("F"))) return `fault ${id}`;
  if (isScimPlace(name)) return id;
  return /^F(1\d|20)$/.test(id) ? `fault ${id}` : null;
}

const oneId = /(?:[RD]-\d{2}|T\d{2}|[FQWPKEC]\d{1,2}|[IS]\d{1,2})/.source;

/** The keys of the rules that a text names, one by one or as a range. */
function named(text: string, name: string): string[] {
  const found = text.matchAll(new RegExp(`\\b(${oneId})\\b(?:(?:–|…|\`? to \`?)(${oneId})\\b)?`, "g"));
  return [...found].flatMap(([, first = "", last]) => {
    return range(first, last).flatMap((id) => meaningOf(id, name) ?? []);
  });
}

function range(first: string, last: string | undefined): string[] {
  const [, letter = "", start = ""] = /^(\D+)(\d+)$/.exec(first) ?? [];
  const [, lastLetter, end = start] = /^(\D+)(\d+)$/.exec(last ?? "") ?? [];
  if (lastLetter !== undefined && lastLetter !== letter) return [first, `${lastLetter}${end}`];
  return Array.from({ length: Number(end) - Number(start) + 1 }, (_, index) => {
    return letter + String(Number(start) + index).padStart(start.length, "0");
  });
}

const anyId = /[A-Z]-?\d{1,2}/.source;

/** The ids that names of tests begin with. */
function namesOf({ name, text }: (typeof files)[number]): string[] {
  const found = text.matchAll(new RegExp(`["'\`]((?:${anyId}(?:, | |–))*${anyId}) `, "g"));
  return [...found].flatMap(([, ids = ""]) => named(ids, name));
}

const commentsOf = (text: string): string => (text.match(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm) ?? []).join("\n");

function index(read: (file: (typeof files)[number]) => string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of testFiles) {
    for (const key of new Set(read(file))) found.set(key, [...(found.get(key) ?? []), file.name]);
  }
  return found;
}

const byName = index(namesOf);
const byComment = index(({ name, text }) => named(commentsOf(text), name));
const testsOf = (rule: Rule): string[] => byName.get(keyOf(rule)) ?? byComment.get(keyOf(rule)) ?? [];

function columnOf(rule: Rule): string {
  const tests = testsOf(rule);
  if (tests.length === 0) return rule.tests;
  const links = tests.slice(0, 3).map((name) => `[${name.split("/").slice(-2).join("/")}](../../${name})`);
  return [links.join(", "), ...(tests.length > 3 ? [`and ${tests.length - 3} more`] : [])].join(" ");
}

function pageWithTests(page: string): string {
  const columns = new Map(rulesOf(page).map((rule) => [rule.id, columnOf(rule)]));
  const lines = readFileSync(page, "utf8").split("\n");
  return lines.map((line) => withColumn(line, columns)).join("\n");
}

function withColumn(line: string, columns: Map<string, string>): string {
  const [, before, id = ""] = /^(\| ([A-Z]-?\d{1,2}) \| .+ \| ).*\|$/.exec(line) ?? [];
  return before === undefined ? line : `${before}${columns.get(id)} |`;
}

describe("docs/rules", () => {
  test("has one row for each id", () => {
    expect(rules.filter((rule, at) => rules.findIndex((other) => keyOf(other) === keyOf(rule)) !== at)).toEqual([]);
  });

  test("has a row for each id that anything names", () => {
    const unknown = files.flatMap(({ name, text }) => {
      return named(text, name).flatMap((key) => (keys.has(key) ? [] : [`${name}: ${key}`]));
    });
    expect(unknown).toEqual([]);
  });

  test.each(pages)("%s names the tests of each rule", (page) => {
    const wanted = pageWithTests(page);
    if (process.env.MUSTER_WRITE) writeFileSync(page, wanted);
    expect(readFileSync(page, "utf8")).toBe(wanted);
  });

  test("each rule has a test, or says what else holds it", () => {
    const held = (rule: Rule) => testsOf(rule).length > 0;
    expect(rules.filter((rule) => !held(rule) && !isHeldElsewhere(rule)).map(keyOf)).toEqual([]);
    expect(rules.filter((rule) => held(rule) && isHeldElsewhere(rule)).map(keyOf)).toEqual([]);
  });
});

describe("what comments and documents refer to", () => {
  /** Names of tests that refer to a page of notes. They stay as they are, because results are compared by name. */
  const oldNames = [
    "DESIGN §4 every table of a workspace",
    "with the resource as it is now (DESIGN §5 over 204)",
    "the header is one of three forms, and nothing else (DESIGN §5)",
    "each answer of DNS is told apart (ux.md A2)",
  ];
  const texts = files.map(({ name, text }) => ({
    name,
    text: [...oldNames, /https?:\/\/[^\s)]+/g].reduce<string>((rest, old) => rest.replaceAll(old, ""), text),
  }));
  const findAll = (wrong: (text: string, name: string) => string[]) =>
    texts
      .filter(({ name }) => name !== "scripts/rules.test.ts")
      .flatMap(({ name, text }) => wrong(text, name).map((found) => `${name}: ${found}`));

  test("a page is one of the repository, by its path from here or from the root", () => {
    const missing = findAll((text, name) => {
      const mentioned = text.match(/[\w./-]+\.md\b/g) ?? [];
      return mentioned.filter((page) => !names.includes(normalize(join(dirname(name), page))) && !names.includes(page));
    });
    expect(missing).toEqual([]);
  });

  test("notes that aren't in the repository aren't named", () => {
    expect(
      findAll((text) => text.match(/\b(?:DESIGN|STYLE|VOICE) (?:§|")|\breference\/|\bPart [A-D]\d?\b/g) ?? []),
    ).toEqual([]);
  });

  test("a section is one of a standard", () => {
    const standard = /(?:RFC \d+|OpenID Connect [A-Z]\w+) §[\d.]+(?:(?:, | and |–)§[\d.]+)*/g;
    const tableOfStandards = /^\| §.*$/gm;
    const rest = findAll(
      (text) => text.replaceAll(standard, "").replaceAll(tableOfStandards, "").match(/.*§.*/g) ?? [],
    );
    expect(rest).toEqual([]);
  });
});
