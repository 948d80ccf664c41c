import type { Knobs } from "@/e2e/idp/entra/knobs";
import type { Mapped } from "./mapping";
import { enterprise } from "./mapping";
import { type Resource, readPath } from "./resource";

export type Operation = { op: string; path?: string; value?: unknown };

/** `Add` by default, `add` with the flag. */
export function opName(op: "add" | "replace" | "remove", flag: boolean): string {
  return flag ? op : op.charAt(0).toUpperCase() + op.slice(1);
}

/** Booleans are texts by default: the source of half of all SCIM bugs. */
function render(value: string | boolean, { flag, booleanText }: Knobs): unknown {
  if (typeof value !== "boolean" || flag) return value;
  const text = value ? "True" : "False";
  return booleanText === "True" ? text : text.toLowerCase();
}

const isEmpty = (value: unknown) => value === undefined || value === null || value === "";

/** The operations that lead from a resource to the mapped values: absent there → Add, different → Replace, equal → none. */
export function diff(mapped: Mapped[], current: Resource, knobs: Knobs): Operation[] {
  const adds: Operation[] = [];
  const replaces: [path: string, value: string | boolean][] = [];
  const cleared: Operation[] = [];
  for (const [path, value] of mapped) {
    const held = readPath(current, path);
    if (value === null || value === "") cleared.push(...(isEmpty(held) ? [] : clear(path, held, knobs)));
    else if (isEmpty(held)) adds.push({ op: opName("add", knobs.flag), path, value: render(value, knobs) });
    else if (held !== value) replaces.push([path, value]);
  }
  return [...(knobs.flag ? mergeReplaces(replaces, knobs) : plainReplaces(replaces, knobs)), ...adds, ...cleared];
}

/** A value that is empty in the source: documented as not exported, and seen in these forms. */
function clear(path: string, held: unknown, { clearedValue, flag }: Knobs): Operation[] {
  switch (clearedValue) {
    case "nothing":
      return [];
    case "Remove":
      return [{ op: opName("remove", flag), path }];
    case "Remove with value":
      return [{ op: opName("remove", flag), path, value: held }];
    case 'replace ""':
      return [{ op: opName("replace", flag), path, value: "" }];
    case "replace null":
      return [{ op: opName("replace", flag), path, value: null }];
    default:
      return clearedValue satisfies never;
  }
}

function plainReplaces(replaces: [string, string | boolean][], knobs: Knobs): Operation[] {
  return replaces.map(([path, value]) => ({ op: "Replace", path, value: render(value, knobs) }));
}

/** With the flag: value paths and `active` each by path, everything else in one operation without a path, dotted keys and all. */
function mergeReplaces(replaces: [string, string | boolean][], { flagSingleReplace }: Knobs): Operation[] {
  const byPath = replaces.filter(([path]) => path.includes("[") || path === "active");
  const plain = replaces.filter(([path]) => !path.includes("[") && path !== "active");
  const operations: Operation[] = byPath.map(([path, value]) => ({ op: "replace", path, value }));
  const [only] = plain;
  if (only && plain.length === 1 && flagSingleReplace === "path")
    operations.push({ op: "replace", path: only[0], value: only[1] });
  else if (only) operations.push({ op: "replace", value: Object.fromEntries(plain) });
  return operations;
}

/** `$ref` is empty and comes with the default dialect only. */
function memberValues(ids: string[], { flag, memberRef }: Knobs): Resource[] {
  return ids.map((value) => (flag || memberRef === "absent" ? { value } : { $ref: null, value }));
}

export function addMembers(ids: string[], knobs: Knobs): Operation[] {
  return [{ op: opName("add", knobs.flag), path: "members", value: memberValues(ids, knobs) }];
}

/** By default a value list, which RFC 7644 does not know; with the flag a filter for each. */
export function removeMembers(ids: string[], knobs: Knobs): Operation[] {
  if (knobs.flag) return ids.map((id) => ({ op: "remove", path: `members[value eq "${id}"]` }));
  return [{ op: "Remove", path: "members", value: memberValues(ids, knobs) }];
}

/** A manager may be written in three forms, and must come back as an object. */
export function setManager(id: string, isPresent: boolean, knobs: Knobs): Operation {
  const forms = { text: id, object: { value: id }, list: [{ $ref: `../Users/${id}`, value: id }] };
  const op = opName(isPresent ? "replace" : "add", knobs.flag);
  return { op, path: `${enterprise}:manager`, value: forms[knobs.managerForm] };
}

/** A manager taken away; none by default. */
export function clearManager(id: string, knobs: Knobs): Operation[] {
  const path = `${enterprise}:manager`;
  if (knobs.clearedValue === 'replace ""') return [{ op: opName("replace", knobs.flag), path, value: { value: "" } }];
  return clear(path, id, knobs);
}

export function patchBody(operations: Operation[]): Resource {
  return { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: operations };
}

/** A filter as Entra writes it into a URL: spaces as `+`, quotes as %22, `@` as %40; its validators write spaces as %20. */
function encodeFilter(filter: string, { filterEncoding }: Pick<Knobs, "filterEncoding">): string {
  return `filter=${encodeURIComponent(filter).replaceAll("%20", filterEncoding)}`;
}

export function filterQuery(
  attribute: string,
  value: string,
  knobs: Pick<Knobs, "filterEncoding"> = { filterEncoding: "+" },
): string {
  return encodeFilter(`${attribute} eq "${value}"`, knobs);
}

/** Whether a resource refers to another one, as a filter. */
export function referenceQuery(id: string, attribute: "manager" | "members", value: string, knobs: Knobs): string {
  return `${encodeFilter(`id eq "${id}" and ${attribute} eq "${value}"`, knobs)}&attributes=id`;
}
