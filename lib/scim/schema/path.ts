import { common } from "@/lib/scim/schemas/common";
import {
  type Attribute,
  findAttribute,
  findExtension,
  isPrototypeName,
  type ResourceType,
  type Schema,
} from "./schema";

/** A resolved attribute path. `extension` is a URN, or null for the core schema. */
export type AttributePath = { extension: string | null; attribute: Attribute; sub: Attribute | null };

/** Why a name can't be resolved: it is not an attribute here, or it would reach a prototype. */
export type Unresolved = { unknown: string; forbidden: boolean };

function unresolved(name: string): Unresolved {
  return { unknown: name, forbidden: name.split(/[.:]/).some(isPrototypeName) };
}

export function isResolved(found: AttributePath | Unresolved): found is AttributePath {
  return "attribute" in found;
}

/** Every URN that may precede an attribute name, longest first: `2.0:User` contains dots and colons (R-60). */
function schemasOf(type: ResourceType): Schema[] {
  const extensions = type.extensions.map(({ schema }) => schema);
  return [type.schema, ...extensions].sort((left, right) => right.id.length - left.id.length);
}

/**
 * attrPath = [URI ":"] ATTRNAME *1subAttr (RFC 7644 figure 1). Names match in any case. An extension's attribute may be named without its
 * URN if no core attribute has that name (F15).
 */
export function resolvePath(text: string, type: ResourceType): AttributePath | Unresolved {
  const lower = text.toLowerCase();
  for (const schema of schemasOf(type)) {
    if (!lower.startsWith(`${schema.id.toLowerCase()}:`)) continue;
    const extension = schema === type.schema ? null : schema.id;
    return resolveIn(text.slice(schema.id.length + 1), schema.attributes, extension) ?? unresolved(text);
  }
  const core = resolveIn(text, type.schema.attributes, null) ?? resolveIn(text, common, null);
  if (core) return core;
  const found = type.extensions
    .map(({ schema }) => resolveIn(text, schema.attributes, schema.id))
    .filter((path) => path !== null);
  return found.length === 1 && found[0] ? found[0] : unresolved(text);
}

function resolveIn(text: string, attributes: readonly Attribute[], extension: string | null): AttributePath | null {
  const dot = text.indexOf(".");
  const attribute = findAttribute(attributes, dot < 0 ? text : text.slice(0, dot));
  if (!attribute) return null;
  if (dot < 0) return { extension, attribute, sub: null };
  const sub = findAttribute(attribute.subAttributes, text.slice(dot + 1));
  return sub ? { extension, attribute, sub } : null;
}

/** The extension that a text names as a whole, without an attribute after it. */
export function resolveExtension(text: string, type: ResourceType): Schema | undefined {
  return findExtension(type, text);
}

/** The path in canonical form: canonical names, preceded by the URN of an extension. */
export function printPath({ extension, attribute, sub }: AttributePath): string {
  return `${extension === null ? "" : `${extension}:`}${attribute.name}${sub === null ? "" : `.${sub.name}`}`;
}
