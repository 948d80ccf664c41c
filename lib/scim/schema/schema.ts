/** RFC 7643 §2.3 */
export type AttributeType =
  | "string"
  | "boolean"
  | "decimal"
  | "integer"
  | "dateTime"
  | "binary"
  | "reference"
  | "complex";

/** One attribute and its characteristics (RFC 7643 §2.2, §7). Engines read these rows and never check for a particular name. */
export type Attribute = {
  name: string;
  type: AttributeType;
  multiValued: boolean;
  required: boolean;
  caseExact: boolean;
  mutability: "readOnly" | "readWrite" | "immutable" | "writeOnly";
  returned: "always" | "never" | "default" | "request";
  uniqueness: "none" | "server" | "global";
  description: string;
  canonicalValues?: readonly string[];
  referenceTypes?: readonly string[];
  subAttributes: readonly Attribute[];
  /** Cleans incoming texts, and literals that are compared with them. */
  clean?: (text: string) => string;
};

/** RFC 7643 §7 */
export type Schema = { id: string; name: string; description: string; attributes: readonly Attribute[] };

/** RFC 7643 §6; `name` is also the id. */
export type ResourceType = {
  name: string;
  endpoint: string;
  description: string;
  schema: Schema;
  extensions: readonly { schema: Schema; required: boolean }[];
};

/** A resource's data by canonical attribute name; an extension's data is under its URN. Unassigned attributes are absent. */
export type Values = Record<string, unknown>;

type Options = Partial<Omit<Attribute, "name" | "type" | "description">>;

/** An attribute row with the defaults of RFC 7643 §2.2. */
export function attribute(name: string, type: AttributeType, description: string, options: Options = {}): Attribute {
  return {
    name,
    type,
    multiValued: false,
    required: false,
    caseExact: type === "reference" || type === "binary",
    mutability: "readWrite",
    returned: "default",
    uniqueness: "none",
    description,
    subAttributes: [],
    ...options,
  };
}

const byName = new WeakMap<readonly Attribute[], Map<string, Attribute>>();

/** Finds an attribute by name in any case (RFC 7643 §2.1); uses a Map, so that a prototype's name finds nothing. */
export function findAttribute(attributes: readonly Attribute[], name: string): Attribute | undefined {
  let known = byName.get(attributes);
  if (!known) {
    known = new Map(attributes.map((row) => [row.name.toLowerCase(), row]));
    byName.set(attributes, known);
  }
  return known.get(name.toLowerCase());
}

/** The sub-attribute that represents a complex value in comparisons (RFC 7644 §3.4.2.2). */
export function valueAttribute(complex: Attribute): Attribute | undefined {
  return findAttribute(complex.subAttributes, "value");
}

/** The extension of a type with this URN, in any case. */
export function findExtension(type: ResourceType, urn: string): Schema | undefined {
  const wanted = urn.toLowerCase();
  return type.extensions.find(({ schema }) => schema.id.toLowerCase() === wanted)?.schema;
}

/** Names that would reach a prototype: rejected as any name (T20, D-72). */
export function isPrototypeName(name: string): boolean {
  return name === "__proto__" || name === "constructor" || name === "prototype";
}
