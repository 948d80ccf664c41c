import { badRequest, ScimError } from "@/lib/scim/error";
import type { Target } from "@/lib/scim/filter/filter";
import { parsePath } from "@/lib/scim/filter/parser";
import { isObject } from "@/lib/scim/json";
import { checkTwice, member, operationsOf, parseMessage } from "@/lib/scim/message";
import { ignoreUnknown, isCleared, parseParts, parseValue, type Reading } from "@/lib/scim/resource/resource";
import { type Attribute, findExtension, isPrototypeName, type ResourceType } from "@/lib/scim/schema/schema";
import { isPackedSet, readOperationName, readRemovedValues } from "@/lib/scim/tolerance";

export type OperationName = "add" | "replace" | "remove";

/** One operation with a resolved target and a parsed value: `value` undefined means unassigned. */
export type Operation = {
  op: OperationName;
  target: Target & { attribute: Attribute };
  value: unknown;
  /** For a `remove` with a list of values: only these are removed. */
  listed: readonly unknown[] | null;
  /** In the strict profile a replace creates no list element (RFC 7644 §3.5.2.3). */
  isStrict: boolean;
};

/** Limits of a PATCH (D-81). */
const maxOperations = 1_000;
const maxMembers = 10_000;

/**
 * Reads the body of PATCH (RFC 7644 §3.5.2) into operations with resolved targets; one without a path becomes one for each name in its
 * value. `id` is the resource's. Throws 400 with a keyword of table 9.
 */
export function parsePatch(body: unknown, type: ResourceType, reading: Reading, id: string | null = null): Operation[] {
  const operations = operationsOf(parseMessage(body, "PatchOp"));
  if (operations.length > maxOperations) {
    throw new ScimError(
      413,
      "tooMany",
      `A PATCH has ${maxOperations} operations at most; this one has ${operations.length}.`,
    );
  }
  if (reading.strict && operations.length === 0)
    throw badRequest("invalidSyntax", "Operations is empty; the strict profile of this workspace needs one at least.");
  const parsed = operations.flatMap((operation) => parseOperation(operation, type, reading, id));
  const members = parsed.reduce(
    (sum, { value, listed }) => sum + (Array.isArray(value) ? value.length : 0) + (listed?.length ?? 0),
    0,
  );
  if (members > maxMembers)
    throw new ScimError(413, "tooMany", `A request names ${maxMembers} values at most; send several.`);
  return parsed;
}

function parseOperation(operation: unknown, type: ResourceType, reading: Reading, id: string | null): Operation[] {
  if (!isObject(operation)) throw badRequest("invalidSyntax", "An operation must be an object.");
  checkTwice(Object.keys(operation));
  const op = readOperationName(member(operation, "op"));
  if (op !== "add" && op !== "replace" && op !== "remove") {
    throw badRequest(
      "invalidSyntax",
      `op must be add, replace or remove, not ${JSON.stringify(member(operation, "op"))}.`,
    );
  }
  const path = member(operation, "path");
  const value = member(operation, "value");
  if (op !== "remove" && value === undefined)
    throw badRequest("invalidValue", `${op} needs a value. To clear an attribute, send null or remove it.`);
  if (path !== undefined && path !== null && path !== "") {
    if (typeof path !== "string") throw badRequest("invalidPath", "path must be a text.");
    return parseOne(op, path, value, type, reading, true);
  }
  if (op === "remove") throw badRequest("noTarget", "A remove needs a path that says what to remove.");
  if (isObject(value)) checkId(member(value, "id"), id);
  return parseWithoutPath(op, value, type, reading);
}

/** A client may send back the id it read (P17), but not a different one. */
function checkId(given: unknown, id: string | null): void {
  if (given === undefined || given === null || id === null || given === id) return;
  throw badRequest("mutability", "The id of a resource can't be changed.");
}

/** Each name in the value is its own path: plain, dotted, with a URN, or with a filter; other attributes stay as they are. */
function parseWithoutPath(op: OperationName, value: unknown, type: ResourceType, reading: Reading): Operation[] {
  if (!isObject(value)) throw badRequest("invalidValue", `A ${op} without a path needs an object as its value.`);
  checkTwice(Object.keys(value));
  return Object.entries(value).flatMap(([name, part]) => {
    if (name.toLowerCase() === "schemas") return [];
    const isCore = name.toLowerCase() === type.schema.id.toLowerCase() && isObject(part);
    return isCore ? parseWithoutPath(op, part, type, reading) : parseOne(op, name, part, type, reading, false);
  });
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
    if (reading.strict)
      throw badRequest(
        "invalidPath",
        `${JSON.stringify(path)} is not a known attribute; the strict profile refuses those.`,
      );
    ignoreUnknown(path, reading);
    return [];
  }
  const { attribute } = target;
  if (attribute === null) return parseWhole(op, target.extension ?? "", value, type, reading);
  if (!isWritable(target, attribute, op)) {
    const why = target.sub?.mutability === "immutable" ? "can't be changed once it has a value" : "is read-only";
    if (isExplicit) throw badRequest("mutability", `${path} ${why}.`);
    return []; // clients send id, meta and groups back as they read them (P17)
  }
  return [readOperation(op, { ...target, attribute }, value, reading)];
}

/** P17, P18: read-only attributes are never writable, sub-attributes of members only until they are set. */
function isWritable({ sub }: Target, attribute: Attribute, op: OperationName): boolean {
  if (attribute.mutability === "readOnly" || sub?.mutability === "readOnly") return false;
  return !(attribute.multiValued && sub?.mutability === "immutable" && op !== "add");
}

/** An extension as a whole (P19): sets its attributes one by one, or removes them all. */
function parseWhole(op: OperationName, urn: string, value: unknown, type: ResourceType, reading: Reading): Operation[] {
  const schema = findExtension(type, urn);
  if (op === "remove" || isCleared(value)) {
    return (schema?.attributes ?? []).map((attribute) => ({
      op: "remove",
      target: { extension: schema?.id ?? null, attribute, filter: null, sub: null },
      value: undefined,
      listed: null,
      isStrict: false,
    }));
  }
  if (!isObject(value)) throw badRequest("invalidValue", `${urn} must be an object.`);
  checkTwice(Object.keys(value));
  return Object.entries(value).flatMap(([name, part]) => parseOne(op, `${urn}:${name}`, part, type, reading, false));
}

function readOperation(op: OperationName, target: Operation["target"], given: unknown, reading: Reading): Operation {
  const { attribute, sub, filter } = target;
  const isStrict = reading.strict;
  if (op === "remove") return { op, target, value: undefined, listed: readListed(target, given, reading), isStrict };
  const isElement = filter !== null && sub === null;
  const shape = isElement ? { ...attribute, multiValued: false } : (sub ?? attribute);
  const isSet = sub === null && filter === null && !isStrict && isPackedSet(attribute, given);
  const value =
    isObject(given) && isMerged(shape) ? parseParts(shape, given, reading) : parseValue(shape, given, reading);
  return { op: isSet ? "replace" : op, target, value, listed: null, isStrict };
}

/** A single complex value is merged with the sub-attributes that are sent, null included. */
function isMerged({ type, multiValued }: Attribute): boolean {
  return type === "complex" && !multiValued;
}

/** A value on `remove` selects elements only if the path means the whole list. */
function readListed(
  { attribute, filter, sub }: Operation["target"],
  given: unknown,
  reading: Reading,
): unknown[] | null {
  if (!attribute.multiValued || filter !== null || sub !== null) return null;
  const listed = readRemovedValues(given);
  return listed && ((parseValue(attribute, listed, reading) ?? []) as unknown[]);
}

/** The root names of the attributes that operations touch; a store chooses its lock by them. */
export function touched(operations: readonly Operation[]): Set<string> {
  return new Set(operations.map(({ target }) => target.attribute.name));
}
