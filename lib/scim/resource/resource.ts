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

/** How a body is read: what is noted for the log, and whether unknown names are refused instead of ignored. */
export type Reading = { notes: string[]; strict: boolean };

/** Ignores an unknown name with a note; the strict profile refuses it. */
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

/** A value as a detail shows it: a text or a number as it is, of the rest its kind. */
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

/** Values of one list, in a request and as it is kept (D-81, D-82). */
export const maxElements = 10_000;

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

/** A name without what can't be seen in it; of nothing else is left nothing. */
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

/** The parts that a complex value speaks of; null for one that it clears. */
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

/** What only says where it refers to gets its value from there. */
function withReferred(attribute: Attribute, parts: Values, given: Values): Values {
  const isReference = !("value" in parts) && findAttribute(attribute.subAttributes, "$ref") !== undefined;
  const value = isReference ? readReference(given) : null;
  return value === null ? parts : { ...parts, value };
}

/** A complex value without the parts that were cleared. */
export function dropCleared(parts: Values): Values {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null && value !== undefined));
}

/** Whether a required attribute would be without a value: blank is none. */
export function isMissing(value: unknown): boolean {
  return !isAssigned(value) || (typeof value === "string" && value.trim() === "");
}

/** Throws 400 `invalidValue` for the first required attribute that has no value. */
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
  const named = readSchemas(body, type, reading);
  const draft: Draft = { type, reading, values: {}, cleared: new Set(), paths: new Map() };
  checkTwice(Object.keys(body));
  for (const [name, given] of Object.entries(body)) readAttribute(name, given, draft);
  if (reading.strict) checkNamed(named, draft);
  checkRequired(draft.values, type);
  return { values: draft.values, cleared: draft.cleared, paths: [...draft.paths.values()] };
}

/** Names that are read elsewhere or ignored: the protocol's own, and a password that nobody asked for. */
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
  // Null is as good as absent: only two values contradict each other.
  if (value === undefined) {
    if (!isKnown) cleared.add(printed);
    return;
  }
  if (isKnown && !cleared.delete(printed)) throw badRequest("invalidSyntax", `${printed} is named twice in the body.`);
  assign(holderOf(values, path.extension), path.attribute.name, value);
}

/** What unassigns a whole extension: null, and the ways to write it (RFC 7643 §2.5). */
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

/** The attributes of a schema, together under its URN. */
function readBlock(id: string, given: Values, draft: Draft): void {
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

/** W12: unknown URIs are noted, not refused; Google sends one of SCIM 1.1, Entra one of its own. Null is as good as absent. */
function readSchemas(body: Record<string, unknown>, type: ResourceType, reading: Reading): ReadonlySet<string> {
  const given = member(body, "schemas") ?? undefined;
  const isList = Array.isArray(given) && given.every((urn) => typeof urn === "string");
  if (given !== undefined && !isList) throw badRequest("invalidSyntax", "schemas must be a list of URIs.");
  const named = new Set(((given ?? []) as string[]).map((urn) => urn.toLowerCase()));
  const known = [type.schema, ...type.extensions.map(({ schema }) => schema)].map(({ id }) => id);
  for (const urn of named) if (!known.some((id) => id.toLowerCase() === urn)) ignoreUnknown(urn, reading);
  return named;
}

/** The strict profile wants each schema named that is used, by its block or by one of its attributes (W12). */
function checkNamed(named: ReadonlySet<string>, { type, values, paths }: Draft): void {
  const used = type.extensions
    .map(({ schema }) => schema.id)
    .filter((id) => id in values || [...paths.values()].some(({ extension }) => extension === id));
  const missing = [type.schema.id, ...used].find((id) => !named.has(id.toLowerCase()));
  if (missing !== undefined)
    throw badRequest("invalidSyntax", `The strict profile of this workspace needs ${missing} in schemas.`);
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
