import type { Knobs } from "./knobs";
import type { Mapped } from "./mapping";
import { enterprise } from "./mapping";
import { type Resource, readPath } from "./resource";

export type Operation = { op: string; path?: string; value?: unknown };

/** `Add` by default, `add` with the flag (entra.md §4.2, §4.3). */
function opName(op: "add" | "replace" | "remove", flag: boolean): string {
  return flag ? op : op.charAt(0).toUpperCase() + op.slice(1);
}

/** Booleans are texts by default: the source of half of all SCIM bugs. */
function render(value: string | boolean, knobs: Knobs): unknown {
  return typeof value === "boolean" && !knobs.flag ? (value ? "True" : "False") : value;
}

/**
 * The operations that lead from a resource to the mapped values: absent there → Add, different → Replace, equal → none.
 * Values that are empty in the source are not exported (entra.md §2.3).
 */
export function diff(mapped: Mapped[], current: Resource, knobs: Knobs): Operation[] {
  const adds: Operation[] = [];
  const replaces: [path: string, value: string | boolean][] = [];
  for (const [path, value] of mapped) {
    if (value === null || value === "") continue;
    const held = readPath(current, path);
    if (held === undefined || held === null)
      adds.push({ op: opName("add", knobs.flag), path, value: render(value, knobs) });
    else if (held !== value) replaces.push([path, value]);
  }
  return [...(knobs.flag ? mergeReplaces(replaces) : plainReplaces(replaces, knobs)), ...adds];
}

function plainReplaces(replaces: [string, string | boolean][], knobs: Knobs): Operation[] {
  return replaces.map(([path, value]) => ({ op: "Replace", path, value: render(value, knobs) }));
}

/** With the flag: value paths and `active` each by path, everything else in one operation without a path, dotted keys and all. */
function mergeReplaces(replaces: [string, string | boolean][]): Operation[] {
  const byPath = replaces.filter(([path]) => path.includes("[") || path === "active");
  const plain = replaces.filter(([path]) => !path.includes("[") && path !== "active");
  const operations: Operation[] = byPath.map(([path, value]) => ({ op: "replace", path, value }));
  const [only] = plain;
  if (plain.length === 1 && only) operations.push({ op: "replace", path: only[0], value: only[1] });
  else if (plain.length > 1) operations.push({ op: "replace", value: Object.fromEntries(plain) });
  return operations;
}

export function addMembers(ids: string[], knobs: Knobs): Operation[] {
  const value = ids.map((id) => (knobs.flag ? { value: id } : { $ref: null, value: id }));
  return [{ op: opName("add", knobs.flag), path: "members", value }];
}

/** By default a value list, which RFC 7644 does not know; with the flag a filter for each (entra.md §4.4). */
export function removeMembers(ids: string[], knobs: Knobs): Operation[] {
  if (knobs.flag) return ids.map((id) => ({ op: "remove", path: `members[value eq "${id}"]` }));
  return [{ op: "Remove", path: "members", value: ids.map((id) => ({ $ref: null, value: id })) }];
}

/** A manager is written as plain text and must come back as an object (entra.md §3.3). */
export function setManager(id: string, isPresent: boolean, knobs: Knobs): Operation {
  return { op: opName(isPresent ? "replace" : "add", knobs.flag), path: `${enterprise}:manager`, value: id };
}

export function patchBody(operations: Operation[]): Resource {
  return { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: operations };
}

/** A filter as Entra writes it into a URL: spaces as `+`, quotes as %22. */
export function filterQuery(attribute: string, value: string): string {
  const encode = (text: string) => encodeURIComponent(text).replaceAll("%20", "+");
  return `filter=${encode(`${attribute} eq "${value}"`)}`;
}
