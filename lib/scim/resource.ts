import { badRequest } from "./error";
import { isAssigned } from "./match";
import { isResolved, printPath, resolvePath } from "./path";
import {
  type Attribute,
  findAttribute,
  findExtension,
  isPrototypeName,
  type ResourceType,
  type Values,
  valueAttribute,
} from "./schema";
import { instant } from "./text";
import {
  isObject,
  readBoolean,
  readComplex,
  readNumber,
  readPackedElement,
  readSingle,
  readSubName,
  readText,
} from "./tolerance";

/** How a body is read: what is noted for the log, and whether unknown names are refused instead of ignored. */
export type Reading = { notes: string[]; strict: boolean };

/** Ignores an unknown name with a note; the strict profile refuses it. */
export function ignoreUnknown(name: string, { notes, strict }: Reading, parent = ""): void {
  if (isPrototypeName(name))
    throw badRequest("invalidSyntax", `${JSON.stringify(name)} can't be the name of an attribute.`);
  if (strict)
    throw badRequest("invalidSyntax", `${JSON.stringify(name)} is not a known attribute. Remove it from the mapping.`);
  notes.push(`Ignored: ${parent}${name.slice(0, 200)} is not a known attribute.`);
}

function wrongType(attribute: Attribute, value: unknown) {
  const given = JSON.stringify(value)?.slice(0, 80);
  return badRequest("invalidValue", `${attribute.name} must be of type ${attribute.type}; ${given} is not.`);
}

/**
 * A value as it is stored: of the attribute's type, canonical names inside, otherwise as it came.
 * undefined means unassigned: null, "" and [] (RFC 7643 §2.5). Throws 400 `invalidValue` for another type.
 */
export function parseValue(attribute: Attribute, given: unknown, reading: Reading): unknown {
  if (!attribute.multiValued) return parseOne(attribute, readSingle(given), reading);
  const list = Array.isArray(given) ? given : [given];
  const elements = list.map((element) => parseOne(attribute, element, reading)).filter((value) => value !== undefined);
  return elements.length === 0 ? undefined : mergeElements([], elements, attribute);
}

function parseOne(attribute: Attribute, given: unknown, reading: Reading): unknown {
  if (given === null || given === undefined || given === "") return undefined;
  switch (attribute.type) {
    case "string":
    case "reference":
    case "binary":
      return ofType(attribute, readText(given), "string");
    case "boolean":
      return ofType(attribute, readBoolean(given), "boolean");
    case "decimal":
    case "integer":
      return ofType(attribute, readNumber(given), "number");
    case "dateTime":
      if (typeof given === "string" && instant(given) !== null) return given;
      throw wrongType(attribute, given);
    case "complex":
      return parseComplex(attribute, readComplex(given), reading);
    default:
      return attribute.type satisfies never;
  }
}

function ofType(attribute: Attribute, value: unknown, type: "string" | "boolean" | "number"): unknown {
  if (typeof value === type) return value;
  throw wrongType(attribute, value);
}

function parseComplex(attribute: Attribute, given: unknown, reading: Reading): Values | undefined {
  if (!isObject(given)) throw wrongType(attribute, given);
  const parts: Values = {};
  for (const [name, value] of Object.entries(readPackedElement(given))) {
    const sub = findAttribute(attribute.subAttributes, readSubName(attribute, name));
    if (!sub) ignoreUnknown(name, reading, `${attribute.name}.`);
    else if (sub.mutability !== "readOnly") assign(parts, sub.name, parseValue(sub, value, reading));
  }
  return isAssigned(parts) ? parts : undefined;
}

/** Sets or clears one value. */
export function assign(holder: Values, name: string, value: unknown): void {
  if (value === undefined) delete holder[name];
  else holder[name] = value;
}

/** What makes two elements the same one: `value` alone where it refers to something, else `value` with `type`. */
function identity(element: unknown, attribute: Attribute): string {
  if (!isObject(element) || element.value === undefined) return JSON.stringify(element);
  const { value, type } = element;
  const isReference = valueAttribute(attribute)?.mutability === "immutable";
  return JSON.stringify(isReference || typeof type !== "string" ? [value] : [value, type.toLowerCase()]);
}

/**
 * Adds elements to a list: one that is there already takes on what is new of it, and of two `primary: true` the later
 * one stays (DESIGN §5, RFC 7643 §2.4).
 */
export function mergeElements(list: readonly unknown[], added: readonly unknown[], attribute: Attribute): unknown[] {
  const merged = new Map(list.map((element) => [identity(element, attribute), element]));
  let primary: string | null = null;
  for (const element of added) {
    const key = identity(element, attribute);
    const known = merged.get(key);
    merged.set(key, isObject(known) && isObject(element) ? { ...known, ...element } : element);
    if (isObject(element) && element.primary === true) primary = key;
  }
  return primary === null
    ? [...merged.values()]
    : withOnePrimary([...merged.values()], [...merged.keys()].indexOf(primary));
}

/** The list with `primary: true` on one element only (P9). */
export function withOnePrimary(elements: readonly unknown[], index: number): unknown[] {
  return elements.map((element, at) =>
    at !== index && isObject(element) && element.primary === true ? { ...element, primary: false } : element,
  );
}

/** What a POST or PUT says: the values, and the attributes it names as unassigned on purpose. */
export type ParsedResource = { values: Values; cleared: ReadonlySet<string> };

/**
 * Reads the body of POST and PUT (RFC 7644 §3.3, §3.5.1). Names match in any case, read-only ones are ignored, unknown
 * ones noted. Throws 400 `invalidSyntax` for a body that is no resource, `invalidValue` for values that can't be.
 */
export function parseResource(body: unknown, type: ResourceType, reading: Reading): ParsedResource {
  if (!isObject(body)) throw badRequest("invalidSyntax", "The body must be a JSON object.");
  checkSchemas(body, type, reading);
  const values: Values = {};
  const cleared = new Set<string>();
  const seen = new Set<string>();
  for (const [name, given] of Object.entries(body)) {
    if (seen.has(name.toLowerCase()))
      throw badRequest("invalidSyntax", `${JSON.stringify(name)} stands twice in the body.`);
    seen.add(name.toLowerCase());
    readAttribute(name, given, type, values, cleared, reading);
  }
  checkRequired(values, type);
  return { values, cleared };
}

/** Names that are read elsewhere or ignored: the protocol's own, and a password that nobody asked for. */
const passedOver = new Set(["schemas", "password"]);

function readAttribute(
  name: string,
  given: unknown,
  type: ResourceType,
  values: Values,
  cleared: Set<string>,
  reading: Reading,
): void {
  if (passedOver.has(name.toLowerCase())) return;
  const extension = findExtension(type, name);
  if (extension) {
    readExtension(extension.id, given, type, values, cleared, reading);
    return;
  }
  const path = resolvePath(name, type);
  if (!isResolved(path) || path.sub !== null) ignoreUnknown(name, reading);
  else if (path.attribute.mutability !== "readOnly") {
    const value = parseValue(path.attribute, given, reading);
    if (value === undefined) cleared.add(printPath(path));
    else assign(holderOf(values, path.extension), path.attribute.name, value);
  }
}

function readExtension(
  urn: string,
  given: unknown,
  type: ResourceType,
  values: Values,
  cleared: Set<string>,
  reading: Reading,
): void {
  if (given === null || given === "") return;
  if (!isObject(given)) throw badRequest("invalidSyntax", `${urn} must be an object.`);
  for (const [name, value] of Object.entries(given)) {
    if (isPrototypeName(name)) ignoreUnknown(name, reading);
    readAttribute(`${urn}:${name}`, value, type, values, cleared, reading);
  }
}

/** Where an attribute is kept: in the resource, or in its extension's own record. */
function holderOf(values: Values, extension: string | null): Values {
  if (extension === null) return values;
  const known = values[extension];
  if (isObject(known)) return known;
  const made: Values = {};
  values[extension] = made;
  return made;
}

/** W12: unknown URIs are noted, not refused; Google sends one of SCIM 1.1, Entra one of its own. */
function checkSchemas(body: Record<string, unknown>, type: ResourceType, reading: Reading): void {
  const given = Object.entries(body).find(([name]) => name.toLowerCase() === "schemas")?.[1];
  const isList = Array.isArray(given) && given.every((urn) => typeof urn === "string");
  if (given !== undefined && !isList) throw badRequest("invalidSyntax", "schemas must be a list of URIs.");
  const urns = (given ?? []) as string[];
  const known = new Set(
    [type.schema, ...type.extensions.map(({ schema }) => schema)].map(({ id }) => id.toLowerCase()),
  );
  for (const urn of urns) if (!known.has(urn.toLowerCase())) ignoreUnknown(urn, reading);
  if (reading.strict && !urns.includes(type.schema.id)) {
    throw badRequest("invalidSyntax", `schemas must name ${type.schema.id}.`);
  }
}

function checkRequired(values: Values, type: ResourceType): void {
  for (const { name, required } of type.schema.attributes) {
    const value = values[name];
    if (required && (value === undefined || (typeof value === "string" && value.trim() === ""))) {
      throw badRequest("invalidValue", `${name} is required: map it in your identity provider.`);
    }
  }
}
