import { checkOnePrimary, mergeElements } from "./elements";
import { badRequest, ScimError } from "./error";
import { isAssigned } from "./match";
import { type AttributePath, isResolved, printPath, resolvePath } from "./path";
import {
  type Attribute,
  findAttribute,
  findExtension,
  isPrototypeName,
  type ResourceType,
  type Schema,
  type Values,
} from "./schema";
import { instant } from "./text";
import { isObject, readBoolean, readComplex, readNumber, readPackedElement, readSubName, readText } from "./tolerance";

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

/** Values of one list in a request (DESIGN §5 "Limits"). */
const maxElements = 10_000;

/**
 * A value as it is stored: of the attribute's type, canonical names inside, otherwise as it came.
 * undefined means unassigned: null, "" and [] (RFC 7643 §2.5). Throws 400 `invalidValue` for another type.
 */
export function parseValue(attribute: Attribute, given: unknown, reading: Reading): unknown {
  if (!attribute.multiValued) return parseOne(attribute, given, reading);
  const list = Array.isArray(given) ? given : [given];
  if (list.length > maxElements)
    throw new ScimError(
      413,
      "tooMany",
      `A request names ${maxElements} values of ${attribute.name} at most; send several.`,
    );
  const elements = list.map((element) => parseOne(attribute, element, reading)).filter((value) => value !== undefined);
  if (reading.strict) checkOnePrimary(elements, attribute);
  return elements.length === 0 ? undefined : mergeElements([], elements, attribute);
}

/** A single value; clients' ways of writing one type as another are read first, unless the profile is strict (W13). */
function parseOne(attribute: Attribute, given: unknown, reading: Reading): unknown {
  if (given === null || given === undefined || given === "") return undefined;
  const read = reading.strict ? asGiven : readLeniently;
  switch (attribute.type) {
    case "string":
    case "reference":
    case "binary":
      return ofType(attribute, read(readText, given), "string");
    case "boolean":
      return ofType(attribute, read(readBoolean, given), "boolean");
    case "decimal":
    case "integer":
      return numberOf(attribute, read(readNumber, given));
    case "dateTime":
      if (typeof given === "string" && instant(given) !== null) return given;
      throw wrongType(attribute, given);
    case "complex":
      return parseComplex(attribute, reading.strict ? given : readComplex(attribute, given), reading);
    default:
      return attribute.type satisfies never;
  }
}

type Tolerance = (value: unknown) => unknown;
const asGiven = (_: Tolerance, value: unknown) => value;
const readLeniently = (tolerance: Tolerance, value: unknown) => tolerance(value);

function ofType(attribute: Attribute, value: unknown, type: "string" | "boolean"): unknown {
  if (typeof value === type) return value;
  throw wrongType(attribute, value);
}

function numberOf(attribute: Attribute, value: unknown): number {
  const isRight = typeof value === "number" && (attribute.type === "decimal" || Number.isSafeInteger(value));
  if (isRight) return value;
  throw wrongType(attribute, value);
}

function parseComplex(attribute: Attribute, given: unknown, reading: Reading): Values | undefined {
  const parts = dropCleared(parseParts(attribute, given, reading));
  if (!isAssigned(parts)) return undefined;
  checkPresent(attribute.subAttributes, parts, `${attribute.name}.`);
  return parts;
}

/** The parts that a complex value speaks of; null for one that it clears. */
export function parseParts(attribute: Attribute, given: unknown, reading: Reading): Values {
  if (!isObject(given)) throw wrongType(attribute, given);
  const parts: Values = {};
  checkTwice(Object.keys(given));
  for (const [name, value] of Object.entries(reading.strict ? given : readPackedElement(given))) {
    const sub = findAttribute(attribute.subAttributes, readSubName(attribute, name));
    if (!sub) ignoreUnknown(name, reading, `${attribute.name}.`);
    else if (sub.mutability !== "readOnly") parts[sub.name] = parseValue(sub, value, reading) ?? null;
  }
  return parts;
}

/** A complex value without the parts that were cleared. */
export function dropCleared(parts: Values): Values {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null && value !== undefined));
}

/** Throws 400 `invalidValue` for the first required attribute that has no value. */
function checkPresent(attributes: readonly Attribute[], values: Values, before: string): void {
  for (const { name, required } of attributes) {
    const value = values[name];
    if (required && (value === undefined || (typeof value === "string" && value.trim() === "")))
      throw badRequest("invalidValue", `${before}${name} is required: map it in your identity provider.`);
  }
}

/** Sets or clears one value. */
export function assign(holder: Values, name: string, value: unknown): void {
  if (value === undefined) delete holder[name];
  else holder[name] = value;
}

/** What a POST or PUT says: the values, and the attributes it names as unassigned on purpose. */
export type ParsedResource = {
  values: Values;
  cleared: ReadonlySet<string>;
  /** Every attribute it names. */
  paths: readonly AttributePath[];
};

/** A body while it is read. */
type Draft = {
  type: ResourceType;
  reading: Reading;
  values: Values;
  cleared: Set<string>;
  paths: Map<string, AttributePath>;
};

/**
 * Reads the body of POST and PUT (RFC 7644 §3.3, §3.5.1). Names match in any case, read-only ones are ignored, unknown
 * ones noted. Throws 400 `invalidSyntax` for a body that is no resource, `invalidValue` for values that can't be.
 */
export function parseResource(body: unknown, type: ResourceType, reading: Reading): ParsedResource {
  if (!isObject(body)) throw badRequest("invalidSyntax", "The body must be a JSON object.");
  checkSchemas(body, type, reading);
  const draft: Draft = { type, reading, values: {}, cleared: new Set(), paths: new Map() };
  checkTwice(Object.keys(body));
  for (const [name, given] of Object.entries(body)) readAttribute(name, given, draft);
  checkRequired(draft.values, type);
  return { values: draft.values, cleared: draft.cleared, paths: [...draft.paths.values()] };
}

/** Names that differ in case only are one name (W11). */
function checkTwice(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (seen.has(key)) throw badRequest("invalidSyntax", `${JSON.stringify(name)} stands twice in one object.`);
    seen.add(key);
  }
}

/** Names that are read elsewhere or ignored: the protocol's own, and a password that nobody asked for. */
const passedOver = new Set(["schemas", "password"]);

function readAttribute(name: string, given: unknown, draft: Draft): void {
  const { type, reading } = draft;
  if (passedOver.has(name.toLowerCase())) return;
  const extension = findExtension(type, name);
  const path = extension ? null : resolvePath(name, type);
  if (extension) readExtension(extension, given, draft);
  else if (!path || !isResolved(path) || path.sub !== null) ignoreUnknown(name, reading);
  else if (path.attribute.mutability !== "readOnly") readValue(path, given, draft);
}

function readValue(path: AttributePath, given: unknown, { reading, values, cleared, paths }: Draft): void {
  const printed = printPath(path);
  const value = parseValue(path.attribute, given, reading);
  const isKnown = paths.has(printed);
  paths.set(printed, path);
  // Null is as good as absent: only two values contradict each other.
  if (value === undefined) {
    if (!isKnown) cleared.add(printed);
    return;
  }
  if (isKnown && !cleared.delete(printed)) throw badRequest("invalidSyntax", `${printed} is named twice in the body.`);
  assign(holderOf(values, path.extension), path.attribute.name, value);
}

/** An extension that is null or empty has all its attributes cleared. */
function readExtension({ id, attributes }: Schema, given: unknown, draft: Draft): void {
  if (given === null || given === "") {
    for (const { name } of attributes) draft.cleared.add(`${id}:${name}`);
    return;
  }
  if (!isObject(given)) throw badRequest("invalidSyntax", `${id} must be an object.`);
  checkTwice(Object.keys(given));
  for (const [name, value] of Object.entries(given)) {
    if (isPrototypeName(name)) ignoreUnknown(name, draft.reading);
    readAttribute(`${id}:${name}`, value, draft);
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

/** W12: unknown URIs are noted, not refused; Google sends one of SCIM 1.1, Entra one of its own. The strict profile wants what is used. */
function checkSchemas(body: Record<string, unknown>, type: ResourceType, reading: Reading): void {
  const given = Object.entries(body).find(([name]) => name.toLowerCase() === "schemas")?.[1];
  const isList = Array.isArray(given) && given.every((urn) => typeof urn === "string");
  if (given !== undefined && !isList) throw badRequest("invalidSyntax", "schemas must be a list of URIs.");
  const named = new Set(((given ?? []) as string[]).map((urn) => urn.toLowerCase()));
  const known = [type.schema, ...type.extensions.map(({ schema }) => schema)].map(({ id }) => id);
  for (const urn of named) if (!known.some((id) => id.toLowerCase() === urn)) ignoreUnknown(urn, reading);
  if (!reading.strict) return;
  const used = Object.keys(body).filter((name) => findExtension(type, name));
  const missing = [type.schema.id, ...used].find((id) => !named.has(id.toLowerCase()));
  if (missing !== undefined) throw badRequest("invalidSyntax", `schemas must name ${missing}.`);
}

/** Required attributes of the type, and of each extension that is required or spoken of (E11). */
function checkRequired(values: Values, type: ResourceType): void {
  checkPresent(type.schema.attributes, values, "");
  for (const { schema, required } of type.extensions) {
    const held = values[schema.id];
    if (required && !isObject(held))
      throw badRequest("invalidValue", `The extension ${schema.id} is required: map its attributes.`);
    if (isObject(held)) checkPresent(schema.attributes, held, `${schema.id}:`);
  }
}
