import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parse, TYPE } from "@formatjs/icu-messageformat-parser";
import compile from "icu-minify/compile";
import { createTranslator } from "use-intl/core";
import compiledFormat from "use-intl/format-message/format-only";
import { describe, expect, test } from "vitest";
import { english } from "@/lib/messages/catalogue";
import { pseudo } from "@/lib/messages/pseudo";
import { eventTypes } from "@/lib/workspace/audit/events";

// The catalogue of texts: nothing in it is unused, its messages mean the same to both formatters, and a page sends the texts that it shows.

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((name) => /^(app|components|lib)\/.*\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) && existsSync(name));
const textOf = new Map(files.map((name) => [name, readFileSync(name, "utf8")]));

type Tree = { [key: string]: Tree | string };

/** Each message with its key, such as "members.invite.title". */
function flatten(tree: Tree, path: string[] = []): [key: string, message: string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string"
      ? [[[...path, key].join("."), value] as [string, string]]
      : flatten(value, [...path, key]),
  );
}

const messages = flatten(english as unknown as Tree);

/** The rooms that a file translates from. */
function roomsOf(text: string): string[] {
  const calls = text.matchAll(/\b(?:useTranslations|translator|Translator|createTranslator)(?:<|\()"(\w+)"/g);
  const rooms = [...calls].map(([, room = ""]) => room);
  if (/\b(invalid|limited|requiredName)\(/.test(text)) rooms.push("validation");
  if (/\b(refusal|notFound)\(/.test(text)) rooms.push("refusals");
  return [...new Set(rooms)];
}

/** Keys as a file writes them: quoted, or as a template in which each hole stands for one part. */
function keysIn(text: string): RegExp[] {
  const quoted = [...text.matchAll(/"([\w.-]+)"/g)].map(([, key = ""]) => key);
  const templates = [...text.matchAll(/`((?:[\w.]|\$\{[^}`]*\})+)`/g)].map(([, key = ""]) => key);
  const patterns = [...quoted, ...templates.filter((key) => /[\w}]\.[\w$]/.test(key))].map((key) =>
    key.replaceAll(".", "\\.").replace(/\$\{[^}]*\}/g, "[\\w-]+"),
  );
  return [...new Set(patterns)].map((pattern) => new RegExp(`^${pattern}$`));
}

describe("the catalogue", () => {
  test("holds no text that no file uses", () => {
    const used = [...textOf.values()].flatMap((text) => {
      const keys = keysIn(text);
      return roomsOf(text).map((room) => ({ room: `${room}.`, keys }));
    });
    const isUsed = (key: string) =>
      used.some(({ room, keys }) => key.startsWith(room) && keys.some((known) => known.test(key.slice(room.length))));
    expect(messages.map(([key]) => key).filter((key) => !isUsed(key))).toEqual([]);
  });

  test("has its keys in order, so that each is easy to find", () => {
    const orders = new Map<string, string[]>();
    const visit = (tree: Tree, path: string): void => {
      orders.set(path, Object.keys(tree));
      for (const [key, value] of Object.entries(tree)) if (typeof value !== "string") visit(value, `${path}.${key}`);
    };
    visit(english as unknown as Tree, "en");
    const isNumber = (key: string) => /^\d+$/.test(key); // JavaScript puts them first
    const mixed = [...orders].filter(([, keys]) => {
      const words = keys.filter((key) => !isNumber(key));
      return words.join() !== [...words].sort().join();
    });
    expect(mixed.map(([path]) => path)).toEqual([]);
  });

  test("names every event that a webhook can hear of", () => {
    const known = Object.keys(english.webhooks.event);
    expect(eventTypes.map((type) => type.replace(".", "_")).sort()).toEqual(known.sort());
  });
});

type Node = ReturnType<typeof parse>[number];

/** A node and all that is inside it. */
function within(node: Node): Node[] {
  if (node.type === TYPE.tag) return [node, ...node.children.flatMap(within)];
  if (node.type !== TYPE.plural && node.type !== TYPE.select) return [node];
  return [node, ...Object.values(node.options).flatMap(({ value }) => value.flatMap(within))];
}

function valueFor(node: Node) {
  if (node.type === TYPE.number || node.type === TYPE.plural) return 1_234;
  if (node.type === TYPE.select) return Object.keys(node.options)[0] ?? "other";
  return node.type === TYPE.tag ? (chunks: unknown) => `{${String(chunks)}}` : "some text";
}

/** Values for everything that a message asks for. */
function valuesFor(message: string) {
  const named = parse(message)
    .flatMap(within)
    .filter((node) => node.type !== TYPE.literal && node.type !== TYPE.pound);
  // A choice comes last, because an argument of the same name would choose nothing.
  const sorted = [...named].sort((one, other) => Number(one.type === TYPE.select) - Number(other.type === TYPE.select));
  return Object.fromEntries(sorted.map((node) => [node.value, valueFor(node)]));
}

describe("a message", () => {
  const fallback = (error: Error) => {
    throw error;
  };

  test.each(["en", "en-XA"] as const)("in %s reads the same in pages and in emails", (locale) => {
    for (const [key, message] of messages) {
      const text = locale === "en" ? message : pseudo(message);
      const values = valuesFor(text);
      const parsed = createTranslator({ locale, messages: { text }, onError: fallback }) as unknown as {
        markup: (key: string, values: object) => string;
      };
      const formatters = {
        getNumberFormat: (...args: ConstructorParameters<typeof Intl.NumberFormat>) => new Intl.NumberFormat(...args),
        getPluralRules: (...args: ConstructorParameters<typeof Intl.PluralRules>) => new Intl.PluralRules(...args),
      };
      const compiled = compiledFormat("text", compile(text), values as never, { locale, formatters } as never);
      expect([compiled].flat().join(""), key).toBe(parsed.markup("text", values));
    }
  });
});

/** What a file imports, as a file of ours. */
function importsOf(name: string): string[] {
  const specifiers = [...(textOf.get(name) ?? "").matchAll(/^import\b[^"]*?"([^"]+)";$/gm)].map(
    ([, path = ""]) => path,
  );
  return specifiers.flatMap((path) => {
    const target = path.startsWith("@/")
      ? path.slice(2)
      : path.startsWith("./")
        ? normalize(join(dirname(name), path))
        : "";
    return [`${target}.tsx`, `${target}.ts`].filter((file) => textOf.has(file));
  });
}

/** The rooms that components read from the page's texts, through everything that a file imports. */
function roomsBelow(name: string, seen = new Set<string>()): Set<string> {
  const rooms = new Set<string>();
  if (seen.has(name)) return rooms;
  seen.add(name);
  for (const [, room = ""] of (textOf.get(name) ?? "").matchAll(/\buseTranslations\("(\w+)"\)/g)) rooms.add(room);
  for (const next of importsOf(name)) for (const room of roomsBelow(next, seen)) rooms.add(room);
  return rooms;
}

describe("what the browser is sent", () => {
  const always = /messagesFor\(\[([^\]]*)\]\)/.exec(textOf.get("app/layout.tsx") ?? "")?.[1] ?? "";
  const pages = files.filter((name) => /^app\/.*\b(page|layout|loading|error|not-found)\.tsx$/.test(name));

  test.each(pages)("%s has the texts of its components, and no others", (page) => {
    const own = [...(textOf.get(page) ?? "").matchAll(/rooms(?:=\{|: )\[([^\]]*)\]/g)].map(([, rooms = ""]) => rooms);
    const names = (list: string) => [...list.matchAll(/"(\w+)"/g)].map(([, room = ""]) => room);
    const sent = own.flatMap(names);
    const needed = [...roomsBelow(page)].filter((room) => !names(always).includes(room));
    expect(needed.sort()).toEqual([...new Set(sent)].sort());
  });
});
