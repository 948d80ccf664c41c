import { badRequest, ScimError } from "@/lib/scim/error";
import { isAssigned } from "@/lib/scim/filter/match";
import { isObject } from "@/lib/scim/json";
import { checkTwice, member } from "@/lib/scim/message";
import { checkOnePrimary, mergeElements } from "@/lib/scim/schema/elements";
import { type AttributePath, isResolved, printPath, resolvePath } from "@/lib/scim/schema/path";
import {
  type Attribute,
  findAttribute,
  findExtension,
  isPrototypeName,
  type ResourceType,
  type Schema,
  type Values,
} from "@/lib/scim/schema/schema";
import { cutText, instant } from "@/lib/scim/text";
import {
  readBoolean,
  readComplex,
  readNumber,
  readPackedElement,
  readReference,
  readSingle,
  readSubName,
  readText,
} from "@/lib/scim/tolerance";

/** How to read a body: collects notes for the log; `strict` rejects unknown names instead of ignoring them. */
export type Reading = { notes: string[]; strict: boolean };

/** Ignores an unknown name with a note; the strict profile rejects it. */
export function ignoreUnknown(name: string, { notes, strict }: Reading, parent = ""): void {
  if (isPrototypeName(name))
    throw badRequest("invalidSyntax", `${JSON.stringify(name)} can't be the name of an attribute.`);
  if (strict)
    throw badRequest(
      "invalidSyntax",
      `${JSON.stringify(name)} is not a known attribute, and the strict profile of this workspace refuses those. Remove it from the mapping.`,
    );
  notes.push(`Ignored: ${parent}${cutText(name, 200)} is not a known attribute.`);
}

/** A value as an error's detail quotes it: texts and numbers as they are, otherwise the kind of value. */
function brief(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "an object" : cutText(JSON.stringify(value), 80);
}

function wrongType(attribute: Attribute, value: unknown, { strict }: Reading) {
  const why = strict ? ", and the strict profile of this workspace reads no type as another" : "";
  return badRequest(
    "invalidValue",
    `${attribute.name} must be of type ${attribute.type}; ${brief(value)} is not${why}.`,
  );
}

/** The most values of one list, in a request and stored (D-81, D-82). */
export const maxElements = 10_000;

/**
 * Converts a value for storage: the attribute's type, canonical names inside, otherwise unchanged. undefined means unassigned: null,
 * "" and [] (RFC 7643 §2.5). Throws 400 `invalidValue` for another type.
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

/** A single value. Unless the profile is strict, another type that clients are known to send is converted first (W13). */
function parseOne(attribute: Attribute, sent: unknown, reading: Reading): unknown {
  const given = reading.strict || attribute.type === "complex" || attribute.multiValued ? sent : readSingle(sent);
  if (given === null || given === undefined || given === "") return undefined;
  const read = reading.strict ? asGiven : readLeniently;
  switch (attribute.type) {
    case "string":
    case "reference":
    case "binary":
      return cleaned(attribute, ofType(attribute, read(readText, given), "string", reading));
    case "boolean":
      return ofType(attribute, read(readBoolean, given), "boolean", reading);
    case "decimal":
    case "integer":
      return numberOf(attribute, read(readNumber, given), reading);
    case "dateTime":
      if (typeof given === "string" && instant(given) !== null) return given;
      throw wrongType(attribute, given, reading);
    case "complex":
      return parseComplex(attribute, reading.strict ? given : readComplex(attribute, given), reading);
    default:
      return attribute.type satisfies never;
  }
}

type Tolerance = (value: unknown) => unknown;
const asGiven = (_: Tolerance, value: unknown) => value;
const readLeniently = (tolerance: Tolerance, value: unknown) => tolerance(value);

/** Cleans a name of invisible characters; undefined if none are left. */
function cleaned({ clean }: Attribute, value: unknown): unknown {
  return clean && typeof value === "string" ? clean(value) || undefined : value;
}

function ofType(attribute: Attribute, value: unknown, type: "string" | "boolean", reading: Reading): unknown {
  if (typeof value === type) return value;
  throw wrongType(attribute, value, reading);
}

function numberOf(attribute: Attribute, value: unknown, reading: Reading): number {
  const isRight = typeof value === "number" && (attribute.type === "decimal" || Number.isSafeInteger(value));
  if (isRight) return value;
  throw wrongType(attribute, value, reading);
}

function parseComplex(attribute: Attribute, given: unknown, reading: Reading): Values | undefined {
  const parts = dropCleared(parseParts(attribute, given, reading));
  if (!isAssigned(parts)) return undefined;
  checkPresent(attribute.subAttributes, parts, `${attribute.name}.`);
  return parts;
}

/** The sub-attributes that a complex value sets; null for one that it clears. */
export function parseParts(attribute: Attribute, given: unknown, reading: Reading): Values {
  if (!isObject(given)) throw wrongType(attribute, given, reading);
  const parts: Values = {};
  checkTwice(Object.keys(given));
  for (const [name, value] of Object.entries(reading.strict ? given : readPackedElement(given))) {
    const sub = findAttribute(attribute.subAttributes, readSubName(attribute, name));
    if (!sub) ignoreUnknown(name, reading, `${attribute.name}.`);
    else if (sub.mutability !== "readOnly") parts[sub.name] = parseValue(sub, value, reading) ?? null;
  }
  return withReferred(attribute, parts, given);
}

/** An element with only a reference takes its value from there. */
function withReferred(attribute: Attribute, parts: Values, given: Values): Values {
  const isReference = !("value" in parts) && findAttribute(attribute.subAttributes, "$ref") !== undefined;
  const value = isReference ? readReference(given) : null;
  return value === null ? parts : { ...parts, value };
}

/** A complex value without its cleared sub-attributes. */
export function dropCleared(parts: Values): Values {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null && value !== undefined));
}

/** Whether a required attribute has no value; blank counts as none. */
export function isMissing(value: unknown): boolean {
  return !isAssigned(value) || (typeof value === "string" && value.trim() === "");
}

/** Throws 400 `invalidValue` for the first required attribute without a value. */
export function checkPresent(attributes: readonly Attribute[], values: Values, before: string): void {
  const missing = attributes.find(({ name, required }) => required && isMissing(values[name]));
  if (missing)
    throw badRequest("invalidValue", `${before}${missing.name} is required: map it in your identity provider.`);
}

/** Sets or clears one value. */
export function assign(holder: Values, name: string, value: unknown): void {
  if (value === undefined) delete holder[name];
  else holder[name] = value;
}

/** A parsed POST or PUT: the values, and the attributes that it explicitly unassigns. */
export type ParsedResource = {
  values: Values;
  cleared: ReadonlySet<string>;
  /** Every attribute that the body names. */
  paths: readonly AttributePath[];
};

/** The state while a body is read. */
type Draft = {
  type: ResourceType;
  reading: Reading;
  values: Values;
  cleared: Set<string>;
  paths: Map<string, AttributePath>;
};

/**
 * Reads the body of POST and PUT (RFC 7644 §3.3, §3.5.1). Names match in any case; read-only ones are ignored, unknown ones noted. Throws
 * 400 `invalidSyntax` if the body is not a resource, `invalidValue` for invalid values.
 */
export function parseResource(body: unknown, type: ResourceType, reading: Reading): ParsedResource {
  if (!isObject(body)) throw badRequest("invalidSyntax", "The body must be a JSON object.");
  const named = readSchemas(body, type, reading);
  const draft: Draft = { type, reading, values: {}, cleared: new Set(), paths: new Map() };
  checkTwice(Object.keys(body));
  for (const [name, given] of Object.entries(body)) readAttribute(name, given, draft);
  if (reading.strict) checkNamed(named, draft);
  checkRequired(draft.values, type);
  return { values: draft.values, cleared: draft.cleared, paths: [...draft.paths.values()] };
}

/** Names that are read elsewhere or ignored: `schemas`, and an unsolicited password. */
const passedOver = new Set(["schemas", "password"]);

function readAttribute(name: string, given: unknown, draft: Draft): void {
  const { type, reading } = draft;
  if (passedOver.has(name.toLowerCase())) return;
  const extension = findExtension(type, name);
  const isCore = name.toLowerCase() === type.schema.id.toLowerCase() && isObject(given);
  const path = extension || isCore ? null : resolvePath(name, type);
  if (isCore) readBlock(type.schema.id, given, draft);
  else if (extension) readExtension(extension, given, draft);
  else if (!path || !isResolved(path) || path.sub !== null) ignoreUnknown(name, reading);
  else if (path.attribute.mutability !== "readOnly") readValue(path, given, draft);
}

function readValue(path: AttributePath, given: unknown, { reading, values, cleared, paths }: Draft): void {
  const printed = printPath(path);
  const value = parseValue(path.attribute, given, reading);
  const isKnown = paths.has(printed);
  paths.set(printed, path);
  // Null is the same as absent: only two values contradict each other.
  if (value === undefined) {
    if (!isKnown) cleared.add(printed);
    return;
  }
  if (isKnown && !cleared.delete(printed)) throw badRequest("invalidSyntax", `${printed} is named twice in the body.`);
  assign(holderOf(values, path.extension), path.attribute.name, value);
}

/** Whether a value unassigns a whole extension: null, or an equivalent (RFC 7643 §2.5). */
export function isCleared(given: unknown): boolean {
  return given === null || given === "" || (Array.isArray(given) && given.length === 0);
}

/** An extension that is null or empty has all its attributes cleared. */
function readExtension({ id, attributes }: Schema, given: unknown, draft: Draft): void {
  if (isCleared(given)) {
    for (const { name } of attributes) draft.cleared.add(`${id}:${name}`);
    return;
  }
  if (!isObject(given)) throw badRequest("invalidSyntax", `${id} must be an object.`);
  readBlock(id, given, draft);
}

/** The attributes of a schema, grouped under its URN. */
function readBlock(id: string, given: Values, draft: Draft): void {
  checkTwice(Object.keys(given));
  for (const [name, value] of Object.entries(given)) {
    if (isPrototypeName(name)) ignoreUnknown(name, draft.reading);
    readAttribute(`${id}:${name}`, value, draft);
  }
}

/** Where an attribute is stored: in the resource, or in its extension's object. */
function holderOf(values: Values, extension: string | null): Values {
  if (extension === null) return values;
  const known = values[extension];
  if (isObject(known)) return known;
  const made: Values = {};
  values[extension] = made;
  return made;
}

/** W12: unknown URIs are noted, not rejected; Google sends one from SCIM 1.1, Entra one of its own. Null is the same as absent. */
function readSchemas(body: Record<string, unknown>, type: ResourceType, reading: Reading): ReadonlySet<string> {
  const given = member(body, "schemas") ?? undefined;
  const isList = Array.isArray(given) && given.every((urn) => typeof urn === "string");
  if (given !== undefined && !isList) throw badRequest("invalidSyntax", "schemas must be a list of URIs.");
  const named = new Set(((given ?? []) as string[]).map((urn) => urn.toLowerCase()));
  const known = [type.schema, ...type.extensions.map(({ schema }) => schema)].map(({ id }) => id);
  for (const urn of named) if (!known.some((id) => id.toLowerCase() === urn)) ignoreUnknown(urn, reading);
  return named;
}

/** The strict profile requires `schemas` to name each schema in use, as a block or by one of its attributes (W12). */
function checkNamed(named: ReadonlySet<string>, { type, values, paths }: Draft): void {
  const used = type.extensions
    .map(({ schema }) => schema.id)
    .filter((id) => id in values || [...paths.values()].some(({ extension }) => extension === id));
  const missing = [type.schema.id, ...used].find((id) => !named.has(id.toLowerCase()));
  if (missing !== undefined)
    throw badRequest("invalidSyntax", `The strict profile of this workspace needs ${missing} in schemas.`);
}

/** Checks required attributes of the type, and of each extension that is required or present (E11). */
function checkRequired(values: Values, type: ResourceType): void {
  checkPresent(type.schema.attributes, values, "");
  for (const { schema, required } of type.extensions) {
    const held = values[schema.id];
    if (required && !isObject(held))
      throw badRequest("invalidValue", `The extension ${schema.id} is required: map its attributes.`);
    if (isObject(held)) checkPresent(schema.attributes, held, `${schema.id}:`);
  }
}
