import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

// How the house is divided: the rooms of lib/workspace and which of them may use which, and how large a folder or a file may grow.
// MUSTER_WRITE=1 writes what is drawn from here: docs/architecture.md and lib/workspace/biome.json.

/** The rooms, each layer above those that it may use. The files beside them are the ground, which all of them may use. */
const layers = [
  ["audit", "claims", "mail"],
  ["membership"],
  ["access", "accounts", "holds", "seats"],
  ["invites"],
  ["members"],
  ["domains", "teams"],
  ["restore"],
  ["bulk", "log", "profiles", "webhooks", "workspaces"],
];

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((name) => existsSync(name));
const files = tracked.filter((name) => /\.(ts|tsx|mjs)$/.test(name));
const isTest = (name: string) => /\.(test|spec)\.tsx?$/.test(name);
const sources = files.filter((name) => !isTest(name));
const layerOf = (room: string) => layers.findIndex((layer) => layer.includes(room));

/** The files that a file imports, as paths without their ending; values and types alike. */
function importsOf(name: string): string[] {
  const text = readFileSync(name, "utf8");
  const specifiers = [...text.matchAll(/^(?:import|export)\b[^"]*?"([^"]+)";$/gm)].map(
    ([, specifier = ""]) => specifier,
  );
  return specifiers.flatMap((specifier) => {
    if (specifier.startsWith("@/")) return [specifier.slice(2)];
    return specifier.startsWith("./") ? [normalize(join(dirname(name), specifier))] : [];
  });
}

/** The room of a path under lib/workspace; null for the ground, and elsewhere. */
const roomOf = (path: string) => /^lib\/workspace\/([^/]+)\//.exec(path)?.[1] ?? null;

type Door = { from: string; to: string; file: string };

/** Every import from one room into another. */
const doors: Door[] = sources.flatMap((file) => {
  const from = roomOf(file);
  return importsOf(file).flatMap((path) => {
    const to = roomOf(path);
    return from && to && from !== to ? [{ from, to, file }] : [];
  });
});

/** The doors as a picture. What a room reaches through another one is not drawn again. */
function draw(): string {
  const used = new Map<string, Set<string>>();
  for (const { from, to } of doors) used.set(from, (used.get(from) ?? new Set()).add(to));
  const reaches = (from: string, to: string): boolean =>
    [...(used.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  const lines = [...used].flatMap(([from, all]) =>
    [...all]
      .filter((to) => ![...all].some((other) => other !== to && reaches(other, to)))
      .map((to) => `  ${from} --> ${to}`),
  );
  return ["```mermaid", "flowchart TD", ...lines.sort(), "```"].join("\n");
}

const foreign = ["next", "next/**/*", "next-auth", "next-auth/**/*", "react", "react-dom", "pg"];
const database = ["@prisma/*", "@prisma/**/*", "@/generated/**/*"];
const ground = ["address", "messages/**/*", "name", "scopes", "database/**/*", "text", "db", "env"].map(
  (name) => `!@/lib/${name}`,
);

function borderOf(includes: string[], allowed: string[], message: string) {
  const group = [
    "../**/*",
    "@/**/*",
    ...ground,
    ...allowed.map((path) => `!@/lib/workspace/${path}`),
    ...foreign,
    ...database,
  ];
  const noRestrictedImports = { level: "error", options: { patterns: [{ group, message }] } };
  return { includes, linter: { rules: { style: { noRestrictedImports } } } };
}

/** The borders as Biome holds them. Tests may look anywhere. */
function borders(): string {
  const rooms = layers.flat().map((room) => {
    const lower = layers.slice(0, layerOf(room)).flat();
    return borderOf(
      [`${room}/**`, "!**/*.test.ts"],
      ["*", ...[...lower, room].map((name) => `${name}/**/*`)],
      `${room} uses the ground${lower.length > 0 ? `, ${lower.join(", ")}` : ""}, and nothing above: see docs/architecture.md.`,
    );
  });
  return `${JSON.stringify({ root: false, extends: "//", overrides: rooms }, null, 2)}\n`;
}

function compare(path: string, wanted: string): void {
  if (process.env.MUSTER_WRITE) writeFileSync(path, wanted);
  expect(readFileSync(path, "utf8")).toBe(wanted);
}

describe("the rooms of lib/workspace", () => {
  test("each stands in a layer, and every layer's rooms exist", () => {
    const found = new Set(sources.flatMap((name) => roomOf(name) ?? []));
    expect([...found].sort()).toEqual(layers.flat().sort());
  });

  test("doors lead down only", () => {
    const up = doors.filter(({ from, to }) => layerOf(to) >= layerOf(from));
    expect(up.map(({ file, to }) => `${file} uses ${to}`)).toEqual([]);
  });

  test("docs/architecture.md draws them", () => {
    const path = "docs/architecture.md";
    const [before = "", after = ""] = readFileSync(path, "utf8").split(/```mermaid[\s\S]*?```/);
    compare(path, `${before}${draw()}${after}`);
  });

  test("Biome holds them", () => {
    const path = "lib/workspace/biome.json";
    if (process.env.MUSTER_WRITE) {
      writeFileSync(path, borders());
      execFileSync("npx", ["biome", "format", "--write", path], { stdio: "ignore" });
    }
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(JSON.parse(borders()));
  });
});

describe("imports", () => {
  test("go in no circle, not even for a type", () => {
    const byPath = new Map(sources.map((name) => [name.replace(/\.(tsx?|mjs)$/, ""), name]));
    const targets = new Map(sources.map((name) => [name, importsOf(name).flatMap((path) => byPath.get(path) ?? [])]));
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (name: string, way: string[]): void => {
      if (way.includes(name)) circles.push([...way.slice(way.indexOf(name)), name].join(" → "));
      else if (!done.has(name)) for (const next of targets.get(name) ?? []) walk(next, [...way, name]);
      done.add(name);
    };
    for (const name of sources) walk(name, []);
    expect(circles).toEqual([]);
  });
});

describe("sizes", () => {
  test("no folder but schemas and ui has more than fourteen files beside tests", () => {
    const counts = new Map<string, number>();
    for (const name of sources) counts.set(dirname(name), (counts.get(dirname(name)) ?? 0) + 1);
    const large = [...counts].filter(([folder, count]) => count > 14 && !["schemas", "ui"].includes(basename(folder)));
    expect(large).toEqual([]);
  });

  test("no file is longer than three hundred lines, and half of them are shorter than sixty", () => {
    const lengths = sources.map((name) => [readFileSync(name, "utf8").split("\n").length - 1, name] as const);
    expect(lengths.filter(([lines]) => lines > 300)).toEqual([]);
    const sorted = lengths.map(([lines]) => lines).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(60);
  });
});

const withoutBlocks = (text: string) => text.replace(/^ *```[\s\S]*?^ *```$/gm, "");

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Whether a relative link on a page leads to a file, and its anchor to a heading there. */
function leadsSomewhere(page: string, target: string): boolean {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : join(dirname(page), path);
  if (!existsSync(file)) return false;
  return anchor === undefined || anchorsOf(readFileSync(file, "utf8")).has(anchor);
}

describe("what documents name", () => {
  const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/scim.md"];

  test.each(pages)("every path in %s exists", (page) => {
    const text = readFileSync(page, "utf8");
    const paths = [...text.matchAll(/`((?:app|bench|components|docs|e2e|lib|prisma|public|scripts)\/[\w./[\]-]*)`/g)];
    const missing = paths.map(([, path = ""]) => path).filter((path) => !existsSync(path) && !existsSync(`${path}.ts`));
    expect(missing).toEqual([]);
  });

  const linked = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "DECISIONS.md"];
  const documents = tracked.filter((name) => linked.includes(name) || /^docs\/.*\.md$/.test(name));

  test.each(documents)("every link in %s leads to a page and a heading that exist", (page) => {
    const prose = withoutBlocks(readFileSync(page, "utf8")).replace(/`[^`\n]*`/g, "");
    const targets = [...prose.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)].map(([, target = ""]) => target);
    const relative = targets.filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
    expect(relative.filter((target) => !leadsSomewhere(page, target))).toEqual([]);
  });
});
