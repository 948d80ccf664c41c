import { badRequest, ScimError } from "./error";
import { type Filter, parsePath, type Target } from "./filter";
import { isAssigned, matches } from "./match";
import { assign, ignoreUnknown, mergeElements, parseValue, type Reading, withOnePrimary } from "./resource";
import { type Attribute, findExtension, isPrototypeName, type ResourceType, type Values } from "./schema";
import { isObject, isPackedSet, readOperationName, readRemovedValues } from "./tolerance";

type OperationName = "add" | "replace" | "remove";

/** One operation with its target resolved and its value read: `value` undefined means unassigned. */
export type Operation = {
  op: OperationName;
  target: Target & { attribute: Attribute };
  value: unknown;
  /** For a `remove` that names values: only these go. */
  listed: readonly unknown[] | null;
};

/** DESIGN §5 "Limits" */
const maxOperations = 1_000;
const maxMembers = 10_000;

const patchOp = "urn:ietf:params:scim:api:messages:2.0:patchop";

/** The value of a body's key in any case. */
function member(body: Record<string, unknown>, name: string): unknown {
  return Object.entries(body).find(([key]) => key.toLowerCase() === name)?.[1];
}

/**
 * Reads the body of PATCH (RFC 7644 §3.5.2) into operations with resolved targets; one without a path becomes one for
 * each name in its value. Throws 400 with the keyword of table 9.
 */
export function parsePatch(body: unknown, type: ResourceType, reading: Reading): Operation[] {
  if (!isObject(body)) throw badRequest("invalidSyntax", "The body must be a JSON object.");
  const schemas = member(body, "schemas");
  const isPatch =
    Array.isArray(schemas) && schemas.some((urn) => typeof urn === "string" && urn.toLowerCase() === patchOp);
  if (!isPatch) throw badRequest("invalidSyntax", "schemas must name urn:ietf:params:scim:api:messages:2.0:PatchOp.");
  const operations = member(body, "operations");
  if (!Array.isArray(operations)) throw badRequest("invalidSyntax", "Operations must be a list.");
  if (operations.length > maxOperations) {
    throw new ScimError(
      413,
      "tooMany",
      `A PATCH has ${maxOperations} operations at most; this one has ${operations.length}.`,
    );
  }
  const parsed = operations.flatMap((operation) => parseOperation(operation, type, reading));
  const members = parsed.reduce(
    (sum, { value, listed }) => sum + (Array.isArray(value) ? value.length : 0) + (listed?.length ?? 0),
    0,
  );
  if (members > maxMembers)
    throw new ScimError(413, "tooMany", `A request names ${maxMembers} values at most; send several.`);
  return parsed;
}

function parseOperation(operation: unknown, type: ResourceType, reading: Reading): Operation[] {
  if (!isObject(operation)) throw badRequest("invalidSyntax", "An operation must be an object.");
  const op = readOperationName(member(operation, "op"));
  if (op !== "add" && op !== "replace" && op !== "remove") {
    throw badRequest(
      "invalidSyntax",
      `op must be add, replace or remove, not ${JSON.stringify(member(operation, "op"))}.`,
    );
  }
  const path = member(operation, "path");
  const value = member(operation, "value");
  if (path !== undefined && path !== null && path !== "") {
    if (typeof path !== "string") throw badRequest("invalidPath", "path must be a text.");
    return parseOne(op, path, value, type, reading, true);
  }
  if (op === "remove") throw badRequest("noTarget", "A remove needs a path that says what to remove.");
  return parseWithoutPath(op, value, type, reading);
}

/** Each name in the value is a path of its own: plain, dotted, with a URN, or with a filter; the rest stays as it is. */
function parseWithoutPath(op: OperationName, value: unknown, type: ResourceType, reading: Reading): Operation[] {
  if (!isObject(value)) throw badRequest("invalidValue", `A ${op} without a path needs an object as its value.`);
  if (reading.strict) throw badRequest("invalidSyntax", "Every operation needs a path.");
  return Object.entries(value).flatMap(([name, part]) =>
    name.toLowerCase() === "schemas" ? [] : parseOne(op, name, part, type, reading, false),
  );
}

function parseOne(
  op: OperationName,
  path: string,
  value: unknown,
  type: ResourceType,
  reading: Reading,
  isExplicit: boolean,
): Operation[] {
  if (path.split(/[.:[\]\s]/).some(isPrototypeName))
    throw badRequest("invalidPath", `${JSON.stringify(path)} is not a path.`);
  if (path.toLowerCase() === "password") return []; // accepted, ignored, never stored
  const target = parsePath(path, type);
  if (!target) {
    if (reading.strict) throw badRequest("invalidPath", `${JSON.stringify(path)} is not a known attribute.`);
    ignoreUnknown(path, reading);
    return [];
  }
  const { attribute } = target;
  if (attribute === null) return parseWhole(op, target.extension ?? "", value, type, reading);
  if (!isWritable(target, attribute, op)) {
    if (isExplicit) throw badRequest("mutability", `${path} can't be changed by a client.`);
    return []; // id, meta and groups travel along with what was read (P17)
  }
  return [readOperation(op, { ...target, attribute }, value, reading)];
}

/** P17, P18: read-only attributes never, members' parts not once they are set. */
function isWritable({ sub }: Target, attribute: Attribute, op: OperationName): boolean {
  if (attribute.mutability === "readOnly" || sub?.mutability === "readOnly") return false;
  return !(sub?.mutability === "immutable" && op !== "add");
}

/** An extension as a whole (P19): its attributes one by one, or all of them gone. */
function parseWhole(op: OperationName, urn: string, value: unknown, type: ResourceType, reading: Reading): Operation[] {
  const schema = findExtension(type, urn);
  if (op === "remove" || value === null || value === "") {
    return (schema?.attributes ?? []).map((attribute) => ({
      op: "remove",
      target: { extension: schema?.id ?? null, attribute, filter: null, sub: null },
      value: undefined,
      listed: null,
    }));
  }
  if (!isObject(value)) throw badRequest("invalidValue", `${urn} must be an object.`);
  return Object.entries(value).flatMap(([name, part]) => parseOne(op, `${urn}:${name}`, part, type, reading, false));
}

function readOperation(op: OperationName, target: Operation["target"], given: unknown, reading: Reading): Operation {
  const { attribute, sub, filter } = target;
  if (op === "remove") return { op, target, value: undefined, listed: readListed(target, given, reading) };
  const isElement = filter !== null && sub === null;
  const shape = isElement ? { ...attribute, multiValued: false } : (sub ?? attribute);
  const isSet = attribute.multiValued && sub === null && filter === null && isPackedSet(given);
  return { op: isSet ? "replace" : op, target, value: parseValue(shape, given, reading), listed: null };
}

/** A superfluous value on `remove` names what goes only where the whole list is meant. */
function readListed(
  { attribute, filter, sub }: Operation["target"],
  given: unknown,
  reading: Reading,
): unknown[] | null {
  if (!attribute.multiValued || filter !== null || sub !== null) return null;
  const listed = readRemovedValues(given);
  if (listed.length === 0) return null;
  return (parseValue(attribute, listed, reading) ?? []) as unknown[];
}

/** The attributes that operations touch, by root name: what a store decides its lock by. */
export function touched(operations: readonly Operation[]): Set<string> {
  return new Set(operations.map(({ target }) => target.attribute.name));
}

// ── Applying ───────────────────────────────────────────────────────────────

/** Deep equality of JSON values. */
export function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((value, at) => isEqual(value, right[at]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => isEqual(left[name], right[name]));
}

/**
 * Applies operations in order (RFC 7644 §3.5.2): all of them, or an error and nothing. Pure; returns `values` itself
 * when nothing changes, so that callers can test by identity whether there is anything to write (P8).
 */
export function applyPatch(values: Values, operations: readonly Operation[]): Values {
  const result = operations.reduce(applyOperation, values);
  return isEqual(values, result) ? values : result;
}

function applyOperation(values: Values, operation: Operation): Values {
  const { extension, attribute } = operation.target;
  const holder = extension === null ? values : isObject(values[extension]) ? values[extension] : {};
  const held = holder[attribute.name];
  const next = attribute.multiValued ? changeList(asList(held), operation) : changeOne(held, operation);
  if (attribute.required && !isAssigned(next)) {
    throw badRequest(
      operation.op === "remove" ? "mutability" : "invalidValue",
      `${attribute.name} is required and can't be removed.`,
    );
  }
  const changed = { ...holder };
  assign(changed, attribute.name, isAssigned(next) ? next : undefined);
  if (extension === null) return changed;
  const whole = { ...values };
  assign(whole, extension, Object.keys(changed).length > 0 ? changed : undefined);
  return whole;
}

function asList(held: unknown): unknown[] {
  return Array.isArray(held) ? held : [];
}

/** A single value: set, merged with what is there, or cleared. */
function changeOne(held: unknown, { op, target, value }: Operation): unknown {
  const { sub } = target;
  if (sub !== null) {
    const parts = isObject(held) ? { ...held } : {};
    assign(parts, sub.name, op === "remove" ? undefined : value);
    return parts;
  }
  if (op === "remove" || value === undefined) return undefined;
  return isObject(held) && isObject(value) ? { ...held, ...value } : value;
}

function changeList(list: unknown[], operation: Operation): unknown[] {
  const { op, target, value, listed } = operation;
  if (target.filter !== null) return changeMatching(list, operation, target.filter);
  if (target.sub !== null)
    return changeEach(
      list,
      operation,
      list.map(() => true),
      () => ({}),
    );
  if (op === "remove") return listed === null ? [] : withoutListed(list, listed);
  const given = asList(value);
  return op === "replace" ? given : given.length === 0 ? list : mergeElements(list, given, target.attribute);
}

/** an element goes when it has everything that a listed one says. */
function withoutListed(list: unknown[], listed: readonly unknown[]): unknown[] {
  return list.filter((element) => !listed.some((gone) => isNamedBy(element, gone)));
}

function isNamedBy(element: unknown, gone: unknown): boolean {
  if (!isObject(element) || !isObject(gone)) return isEqual(element, gone);
  return gone.value === undefined ? isEqual(element, gone) : element.value === gone.value;
}

/** A value path: the elements that match it, or one made from it. */
function changeMatching(list: unknown[], operation: Operation, filter: Filter): unknown[] {
  const isMatch = list.map((element) => isObject(element) && matches(filter, element));
  if (isMatch.includes(true)) return changeEach(list, operation, isMatch, () => ({}));
  const { op, value } = operation;
  if (op === "remove" || value === undefined) return list; // R-44 over P12: nothing to take away
  const seed = seedOf(filter, op);
  if (seed === null)
    throw badRequest("noTarget", `No ${operation.target.attribute.name} matches the filter of the path.`);
  return changeEach([...list, seed], operation, [...list.map(() => false), true], () => ({}));
}

/**
 * The element that a filter describes: for `add` any conjunction of `sub-attribute eq literal`; for `replace` only of
 * `type eq "<canonical>"` and `primary eq true` (DESIGN §5). Null when it describes none.
 */
function seedOf(filter: Filter, op: OperationName): Values | null {
  if (filter.kind === "and") {
    const [left, right] = [seedOf(filter.left, op), seedOf(filter.right, op)];
    return left && right && { ...left, ...right };
  }
  if (filter.kind !== "compare" || filter.operator !== "eq") return null;
  const { attribute } = filter.path;
  if (op === "replace" && !isDescriptive(attribute, filter.value)) return null;
  return { [attribute.name]: typeof filter.value === "string" ? filter.literal : filter.value };
}

function isDescriptive(attribute: Attribute, value: unknown): boolean {
  if (attribute.name === "primary") return value === true;
  return attribute.name === "type" && (attribute.canonicalValues ?? []).some((known) => known.toLowerCase() === value);
}

function changeEach(list: unknown[], operation: Operation, isChosen: boolean[], make: () => Values): unknown[] {
  const { op, target, value } = operation;
  if (target.sub === null && op === "remove") return list.filter((_, at) => !isChosen[at]);
  const changed = list.map((element, at) =>
    isChosen[at] ? changeElement(isObject(element) ? element : make(), operation) : element,
  );
  const sets =
    target.sub === null ? isObject(value) && value.primary === true : target.sub.name === "primary" && value === true;
  const chosen = isChosen.lastIndexOf(true);
  const single = sets && chosen >= 0 ? withOnePrimary(changed, chosen) : changed;
  const isTaking = op === "remove" || value === undefined;
  return isTaking ? single.filter((element, at) => !isChosen[at] || !isGhost(element)) : single;
}

function changeElement(element: Values, { op, target, value }: Operation): Values {
  const next = { ...element };
  if (target.sub !== null) assign(next, target.sub.name, op === "remove" ? undefined : value);
  else if (isObject(value)) Object.assign(next, value);
  return next;
}

/** An element of which only its label is left says nothing. */
function isGhost(element: unknown): boolean {
  if (!isObject(element)) return false;
  return !Object.entries(element).some(([name, value]) => name !== "type" && name !== "primary" && isAssigned(value));
}

// ── Lists kept as rows ─────────────────────────────────────────────────────

/** A change of a list by its elements' `value`: all out first unless `keep`, then these out, then these in. */
export type Delta = { keep: boolean; add: Map<string, Values>; remove: Set<string> };

/**
 * Folds the operations on one list into a change by value, so that a store that keeps the list as rows need not load it.
 * Null when an operation can't be told without the list, such as a filter on something else than `value`.
 */
export function foldDelta(operations: readonly Operation[], name: string): Delta | null {
  let delta: Delta | null = { keep: true, add: new Map(), remove: new Set() };
  for (const operation of operations) {
    if (operation.target.attribute.name === name) delta = delta && foldOperation(delta, operation);
  }
  return delta;
}

function foldOperation(delta: Delta, { op, target, value, listed }: Operation): Delta | null {
  if (target.sub !== null) return null;
  if (target.filter !== null) {
    const ids = op === "remove" ? valuesOf(target.filter) : null;
    return ids && takeOut(delta, ids);
  }
  if (op === "remove") return listed === null ? emptied() : takeOut(delta, listed.map(idOf));
  const start = op === "replace" ? emptied() : delta;
  for (const element of asList(value)) {
    if (!isObject(element)) continue;
    start.add.set(idOf(element), element);
    start.remove.delete(idOf(element));
  }
  return start;
}

function emptied(): Delta {
  return { keep: false, add: new Map(), remove: new Set() };
}

function idOf(element: unknown): string {
  return isObject(element) ? String(element.value ?? "") : String(element);
}

function takeOut(delta: Delta, ids: readonly string[]): Delta {
  for (const id of ids) {
    delta.add.delete(id);
    delta.remove.add(id);
  }
  return delta;
}

/** The values that a filter names: `value eq "a"`, or several of them joined by `or`. */
function valuesOf(filter: Filter): string[] | null {
  if (filter.kind === "or") {
    const [left, right] = [valuesOf(filter.left), valuesOf(filter.right)];
    return left && right && [...left, ...right];
  }
  const isValue = filter.kind === "compare" && filter.operator === "eq" && filter.path.attribute.name === "value";
  return isValue ? [String(filter.value)] : null;
}
