import { badRequest } from "@/lib/scim/error";
import { isObject } from "@/lib/scim/json";
import {
  type Attribute,
  type AttributeType,
  attribute,
  isPrototypeName,
  type ResourceType,
  type Schema,
} from "./schema";

/*
 * Reads extension schemas in the JSON form of RFC 7643 §7 into the rows that every engine uses. All errors are 400 `invalidValue` and name
 * the attribute.
 */

const maxAttributes = 100;
const urn = /^urn:[a-z0-9][a-z0-9-]{1,31}:[\w.:-]{1,200}$/i;
const attributeName = /^[A-Za-z$][\w$-]{0,99}$/;

const words = {
  type: ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"],
  mutability: ["readWrite", "immutable", "writeOnly"],
  returned: ["default", "always", "request", "never"],
} as const;

function invalid(detail: string): Error {
  return badRequest("invalidValue", detail);
}

/** Reads a schema. Its URN must be lower-case up to its namespace, so that it can't be mistaken for an attribute name. */
export function parseSchema(data: unknown): Schema {
  if (!isObject(data)) throw invalid("A schema is a JSON object with id, name and attributes (RFC 7643 §7).");
  const { id, name, description, attributes } = data;
  if (typeof id !== "string" || !urn.test(id) || !id.startsWith("urn:"))
    throw invalid("id must be a URN such as urn:example:params:scim:schemas:extension:acme:1.0:User.");
  if (typeof name !== "string" || name.trim() === "") throw invalid("name must be a text, such as AcmeUser.");
  return {
    id,
    name,
    description: typeof description === "string" ? description : "",
    attributes: parseAttributes(attributes, ""),
  };
}

function parseAttributes(given: unknown, before: string): Attribute[] {
  if (!Array.isArray(given) || given.length === 0 || given.length > maxAttributes)
    throw invalid(
      `${before === "" ? "attributes" : `${before}subAttributes`} must be a list of 1 to ${maxAttributes}.`,
    );
  const parsed = given.map((one) => parseAttribute(one, before));
  const names = new Set(parsed.map(({ name }) => name.toLowerCase()));
  if (names.size < parsed.length) throw invalid(`Two attributes of ${before || "the schema"} have the same name.`);
  return parsed;
}

function parseAttribute(given: unknown, before: string): Attribute {
  if (!isObject(given)) throw invalid("An attribute is a JSON object.");
  const name = nameOf(given);
  const type = wordOf(given, "type", name) as AttributeType;
  if (before !== "" && type === "complex")
    throw invalid(`${before}${name} can't be complex: parts of a complex attribute are simple.`);
  if (given.uniqueness !== undefined && given.uniqueness !== "none")
    throw invalid(`${name}: uniqueness must be none; values of an extension are not kept unique.`);
  return attribute(name, type, typeof given.description === "string" ? given.description : "", {
    multiValued: flagOf(given, "multiValued", name, false),
    required: flagOf(given, "required", name, false),
    caseExact: flagOf(given, "caseExact", name, type === "reference" || type === "binary"),
    ...visibilityOf(given, name),
    ...textsOf(given, "canonicalValues", name),
    ...textsOf(given, "referenceTypes", name),
    subAttributes: type === "complex" ? parseAttributes(given.subAttributes, `${name}.`) : [],
  });
}

function nameOf({ name }: Record<string, unknown>): string {
  if (typeof name === "string" && attributeName.test(name) && !isPrototypeName(name) && !(name in {})) return name;
  throw invalid(`${JSON.stringify(name)} can't be the name of an attribute.`);
}

/** A write-only attribute is never returned (RFC 7643 §7). */
function visibilityOf(given: Record<string, unknown>, name: string): Pick<Attribute, "mutability" | "returned"> {
  const mutability = wordOf(given, "mutability", name);
  if (mutability !== "writeOnly") return { mutability, returned: wordOf(given, "returned", name) };
  if (given.returned === undefined || given.returned === "never") return { mutability, returned: "never" };
  throw invalid(`${name} is writeOnly, so returned must be never.`);
}

/** The value of a characteristic; defaults to its first word. */
function wordOf<Name extends keyof typeof words>(
  given: Record<string, unknown>,
  characteristic: Name,
  name: string,
): (typeof words)[Name][number] {
  const known: readonly string[] = words[characteristic];
  const word = given[characteristic] ?? known[0];
  if (typeof word === "string" && known.includes(word)) return word as (typeof words)[Name][number];
  throw invalid(`${name}: ${characteristic} must be one of ${known.join(", ")}.`);
}

function flagOf(given: Record<string, unknown>, characteristic: string, name: string, otherwise: boolean): boolean {
  const flag = given[characteristic] ?? otherwise;
  if (typeof flag === "boolean") return flag;
  throw invalid(`${name}: ${characteristic} must be true or false.`);
}

function textsOf<Name extends string>(given: Record<string, unknown>, characteristic: Name, name: string) {
  const texts = given[characteristic];
  if (texts === undefined) return {};
  if (Array.isArray(texts) && texts.every((text) => typeof text === "string"))
    return { [characteristic]: texts } as { [Key in Name]: string[] };
  throw invalid(`${name}: ${characteristic} must be a list of texts.`);
}

/** A type with more extensions. Throws 400 for a URN that is already in use. */
export function extendType(type: ResourceType, extensions: ResourceType["extensions"]): ResourceType {
  const taken = new Set(
    [type.schema, ...type.extensions.map(({ schema }) => schema)].map(({ id }) => id.toLowerCase()),
  );
  for (const { schema } of extensions) {
    if (taken.has(schema.id.toLowerCase())) throw invalid(`${schema.id} is in use already.`);
    taken.add(schema.id.toLowerCase());
  }
  return { ...type, extensions: [...type.extensions, ...extensions] };
}

/** Why a schema can't replace an earlier one that has stored values, or null: attributes may be added, and descriptions changed. */
export function whyIncompatible(before: Schema, after: Schema): string | null {
  return whyAttributesDiffer(before.attributes, after.attributes, "");
}

function whyAttributesDiffer(before: readonly Attribute[], after: readonly Attribute[], path: string): string | null {
  for (const old of before) {
    const now = after.find(({ name }) => name === old.name);
    if (!now) return `${path}${old.name} is missing`;
    if (now.type !== old.type || now.multiValued !== old.multiValued || now.caseExact !== old.caseExact)
      return `${path}${old.name} has another type`;
    const within = whyAttributesDiffer(old.subAttributes, now.subAttributes, `${old.name}.`);
    if (within !== null) return within;
  }
  return null;
}
