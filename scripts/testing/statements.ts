import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { enums, modelNamed } from "./models";

// The SQL statements in the source, with the row type that each is declared to return.

export type Statement = {
  /** file:line. */
  place: string;
  text: string;
  /** The row's fields by name, with their types as written; null if no row is declared. */
  row: Map<string, string> | null;
  file: string;
};

const files = execFileSync("git", ["ls-files", "lib", "app", "scripts", "server.ts"], { encoding: "utf8" })
  .split("\n")
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) && existsSync(name));

const sources = new Map(files.map((name) => [name, readFileSync(name, "utf8")]));

/** The index after the bracket that closes the one at `open`. */
function closing(text: string, open: number): number {
  const ends: Record<string, string> = { "{": "}", "(": ")", "[": "]", "<": ">" };
  const stack: string[] = [];
  for (let at = open; at < text.length; at++) {
    const mark = text.charAt(at);
    if (text.startsWith("=>", at)) at++;
    else if (ends[mark]) stack.push(ends[mark]);
    else if (mark === stack.at(-1)) stack.pop();
    if (stack.length === 0) return at + 1;
  }
  return text.length;
}

/** Splits a text at a mark, except in brackets and quotes. */
function parts(text: string, mark: string): string[] {
  const found: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if ("{([<".includes(text.charAt(at))) at = closing(text, at) - 1;
    else if (text.charAt(at) === '"') at = text.indexOf('"', at + 1);
    else if (text.startsWith(mark, at)) {
      found.push(text.slice(from, at));
      from = at + mark.length;
    }
  }
  return [...found, text.slice(from)].map((part) => part.trim()).filter((part) => part !== "");
}

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");

/** A type by its name: its text after the equals sign, and its file. */
export function typeNamed(name: string, file: string): { text: string; file: string } | null {
  const values = enums.get(name);
  if (values !== undefined) return { text: values, file };
  const source = sources.get(file) ?? "";
  const at = new RegExp(`^(?:export )?type ${name}(?:<[^=]*>)? = `, "m").exec(source);
  if (at) {
    const [text = ""] = parts(withoutComments(source.slice(at.index + at[0].length)), ";");
    return { text, file };
  }
  const target = importedFrom(name, file);
  return target ? typeNamed(name, target) : null;
}

const namesIn = (text: string) => [...text.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name);

/** The fields that are written out between braces. */
function fieldsWritten(literal: string): Map<string, string> {
  const inner = withoutComments(literal.slice(1, -1)).replace(/,\s*$/, "");
  return new Map(
    parts(inner, ";").flatMap((field) => {
      const found = /^(?:readonly )?"?(\w+)"?(\??): ([\s\S]+)$/.exec(field);
      return found ? [[found[1] ?? "", `${found[3]}${found[2] ? " | undefined" : ""}`] as const] : [];
    }),
  );
}

/** The fields that Pick or Omit leaves. */
function fieldsPicked(how: string, inner: string, file: string): Map<string, string> | null {
  const [base = "", keys = ""] = parts(inner, ",");
  const wanted = namesIn(/^\w+$/.test(keys) ? (typeNamed(keys, file)?.text ?? "") : keys);
  const fields = fieldsOf(base, file);
  return fields && new Map([...fields].filter(([name]) => wanted.includes(name) === (how === "Pick")));
}

/** The fields of a type; null if it has none. */
function fieldsOf(type: string, file: string): Map<string, string> | null {
  const all = parts(type, "&");
  if (all.length > 1) {
    const each = all.map((one) => fieldsOf(one, file));
    return each.every((one) => one !== null) ? new Map(each.flatMap((one) => [...(one ?? [])])) : null;
  }
  const [only = ""] = all;
  if (only.startsWith("{")) return fieldsWritten(only);
  const [, how, inner = ""] = /^(Pick|Omit)<([\s\S]+)>$/.exec(only) ?? [];
  if (how !== undefined) return fieldsPicked(how, inner, file);
  const model = modelNamed(only);
  if (model) return model;
  const named = /^\w+$/.test(only) ? typeNamed(only, file) : null;
  return named && fieldsOf(named.text, named.file);
}

/** The file that a name is imported from, or null. */
function importedFrom(name: string, file: string): string | null {
  for (const [, names = "", specifier = ""] of (sources.get(file) ?? "").matchAll(
    /import (?:type )?\{([^}]*)\} from "([^"]+)";/g,
  )) {
    const known = names.split(",").map((one) => one.trim().replace(/^type /, ""));
    if (!known.includes(name)) continue;
    const path = specifier.startsWith("@/") ? specifier.slice(2) : normalize(join(dirname(file), specifier));
    return [`${path}.ts`, `${path}.tsx`].find((one) => sources.has(one)) ?? null;
  }
  return null;
}

/** Where the template of a shared fragment begins, by its constant or by the call that makes it; null for anything else. */
function fragmentAt(value: string, file: string): { file: string; from: number } | null {
  const name = /^(\w+)(?:\([\s\S]*\))?$/.exec(value)?.[1];
  if (name === undefined) return null;
  const found = new RegExp(`const ${name} = [^\\n\\x60]*fragment\\x60`).exec(sources.get(file) ?? "");
  if (found) return { file, from: found.index + found[0].length };
  const target = importedFrom(name, file);
  return target === null ? null : fragmentAt(value, target);
}

/** The text of a template that begins after its quote, with $1, $2 … for its values, counted on from `count`. */
function template(file: string, from: number, count = 0): { text: string; end: number; count: number } {
  const source = sources.get(file) ?? "";
  let text = "";
  for (let at = from; ; at++) {
    if (source.charAt(at) === "`") return { text, end: at, count };
    if (source.startsWith("${", at)) {
      const end = closing(source, at + 1);
      const part = fragmentAt(source.slice(at + 2, end - 1).trim(), file);
      const inner = part ? template(part.file, part.from, count) : { text: `$${count + 1}`, count: count + 1 };
      text += inner.text;
      count = inner.count;
      at = end - 1;
    } else if (source.charAt(at) === "\\") text += source.charAt(++at);
    else text += source.charAt(at);
  }
}

/** The type in front of a statement: one<Row>(sql`…`). */
function declaredBefore(source: string, at: number): string | null {
  const before = source.slice(Math.max(0, at - 600), at);
  const call =
    /\b(?:one|all|list|point)<((?:(?!\b(?:one|all|list|point|run|send)\b[<(])[\s\S])*)>\(\s*(?:[\w.]+,\s*)?$/.exec(
      before,
    );
  return call?.[1] ?? null;
}

/** All statements with the `sql` tag. */
export function listStatements(): Statement[] {
  return [...sources].flatMap(([file, source]) =>
    [...source.matchAll(/\bsql`/g)].flatMap(({ index }) => {
      if (/^\s*(\*|\/\/|\/\*\*)/.test(source.slice(source.lastIndexOf("\n", index) + 1, index))) return [];
      const { text } = template(file, index + 4);
      const type = declaredBefore(source, index);
      const place = `${file}:${source.slice(0, index).split("\n").length}`;
      return [{ place, text, row: type === null ? null : fieldsOf(type, file), file }];
    }),
  );
}
