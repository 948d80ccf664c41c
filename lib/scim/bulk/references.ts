import { isObject } from "@/lib/scim/json";
import type { Values } from "@/lib/scim/schema/schema";

/*
 * References between the operations of a Bulk request (RFC 7644 §3.7.2): `bulkId:x` as a value, at the end of a reference, in a PATCH's
 * path or in an operation's own path. `names` are the bulkIds of the request, longest first, because one may be the beginning of another.
 */

const prefix = "bulkId:";

/** The bulkIds that a text refers to. In a value only the whole text counts, or the part after a slash. */
function namesIn(text: string, names: readonly string[], isPath: boolean): string[] {
  if (!text.includes(prefix)) return [];
  if (!isPath) return names.filter((name) => isReference(text, name));
  let rest = text;
  return names.filter((name) => {
    const isNamed = rest.includes(prefix + name);
    rest = rest.replaceAll(prefix + name, " "); // removed, so that a shorter name doesn't match inside a longer one
    return isNamed;
  });
}

function isReference(text: string, name: string): boolean {
  return text === prefix + name || text.endsWith(`/${prefix}${name}`);
}

/** The text if it looks like a reference but names no bulkId of the request; else null. */
function strayIn(text: string, names: readonly string[]): string | null {
  return text.startsWith(prefix) && !names.some((name) => isReference(text, name)) ? text : null;
}

/** Every text in data, with the name of its attribute. */
function* textsIn(data: unknown, key: string): Iterable<{ text: string; isPath: boolean }> {
  if (typeof data === "string") yield { text: data, isPath: key.toLowerCase() === "path" };
  else if (Array.isArray(data)) for (const element of data) yield* textsIn(element, "");
  else if (isObject(data)) for (const [name, part] of Object.entries(data)) yield* textsIn(part, name);
}

/** Every bulkId that data refers to, and the first reference to an unknown one. */
export function findReferences(data: unknown, names: readonly string[]): { found: Set<string>; stray: string | null } {
  const found = new Set<string>();
  let stray: string | null = null;
  for (const { text, isPath } of textsIn(data, "")) {
    for (const name of namesIn(text, names, isPath)) found.add(name);
    stray ??= isPath ? null : strayIn(text, names);
  }
  return { found, stray };
}

/** Data with its references replaced by ids. */
export function resolveReferences(data: unknown, ids: ReadonlyMap<string, string>, key = ""): unknown {
  if (typeof data === "string") return resolveText(data, ids, key.toLowerCase() === "path");
  if (Array.isArray(data)) return data.map((element) => resolveReferences(element, ids));
  if (!isObject(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([name, part]) => [name, resolveReferences(part, ids, name)]));
}

/** A text with its references replaced; in a path they may be anywhere. */
export function resolveText(text: string, ids: ReadonlyMap<string, string>, isPath: boolean): string {
  if (!text.includes(prefix)) return text;
  const names = [...ids.keys()].sort((left, right) => right.length - left.length);
  let resolved = text;
  for (const name of namesIn(text, names, isPath)) resolved = resolved.replaceAll(prefix + name, ids.get(name) ?? "");
  return resolved;
}

/** The parts of a resource that refer to resources not yet created, as operations that add them later. */
export type Split = { data: Values; later: Values[] };

/** Splits the data of a POST in a circle (RFC 7644 §3.7.1): parts that refer to one of `waiting` are added once it exists. */
export function splitData(data: unknown, waiting: readonly string[]): Split {
  const later: Values[] = [];
  return { data: split(isObject(data) ? data : {}, waiting, "", later), later };
}

function split(data: Values, waiting: readonly string[], before: string, later: Values[]): Values {
  const now: Values = {};
  for (const [name, value] of Object.entries(data)) {
    const isExtension = isObject(value) && name.toLowerCase().startsWith("urn:");
    if (isExtension) now[name] = split(value, waiting, `${name}:`, later);
    else if (refersTo(value, waiting)) Object.assign(now, splitOne(name, value, waiting, before, later));
    else now[name] = value;
  }
  return now;
}

/** A list keeps the elements without references; a single value is postponed as a whole. */
function splitOne(name: string, value: unknown, waiting: readonly string[], before: string, later: Values[]): Values {
  const path = `${before}${name}`;
  if (!Array.isArray(value)) {
    later.push({ op: "add", path, value });
    return {};
  }
  later.push({ op: "add", path, value: value.filter((element) => refersTo(element, waiting)) });
  return { [name]: value.filter((element) => !refersTo(element, waiting)) };
}

function refersTo(value: unknown, names: readonly string[]): boolean {
  return findReferences(value, names).found.size > 0;
}
