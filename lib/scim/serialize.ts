import { badRequest } from "./error";
import { isResolved, resolveExtension, resolvePath } from "./path";
import type { Attribute, ResourceType, Values } from "./schema";
import { isObject } from "./tolerance";

/** A resource as a store keeps it; times are ISO 8601 in UTC with milliseconds. */
export type Stored = {
  id: string;
  values: Values;
  version: number;
  created: string;
  lastModified: string;
};

/** What `attributes` and `excludedAttributes` leave of a resource: paths in lower case, or null for no wish. */
export type Selection = { only: ReadonlySet<string> | null; without: ReadonlySet<string> };

export const everything: Selection = { only: null, without: new Set() };

function keysOf(text: string, type: ResourceType): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .flatMap((name) => keyOf(name, type));
}

/** The key of a name that is known here; unknown names are ignored (Q10). */
function keyOf(name: string, type: ResourceType): string[] {
  const extension = resolveExtension(name, type);
  if (extension) return [key(extension.id, null, null)];
  const path = resolvePath(name, type);
  return isResolved(path) ? [key(path.extension, path.attribute.name, path.sub?.name ?? null)] : [];
}

function key(extension: string | null, attribute: string | null, sub: string | null): string {
  return [extension ?? "", attribute ?? "", sub ?? ""].join("|").toLowerCase();
}

/** Reads `attributes` and `excludedAttributes` (RFC 7644 §3.9). Both at once are 400 (Q11). */
export function parseSelection(query: ReadonlyMap<string, string>, type: ResourceType): Selection {
  const only = query.get("attributes")?.trim();
  const without = query.get("excludedattributes")?.trim();
  if (only && without)
    throw badRequest("invalidValue", "attributes and excludedAttributes exclude each other: send one of them.");
  return {
    only: only ? new Set(keysOf(only, type)) : null,
    without: new Set(without ? keysOf(without, type) : []),
  };
}

/** Whether any part of an attribute is to be returned: a store need not load what is not (Q14). */
export function wants(selection: Selection, attribute: Attribute, extension: string | null = null): boolean {
  const whole = key(extension, attribute.name, null);
  if (attribute.returned === "always") return true;
  if (attribute.returned === "never" || selection.without.has(whole)) return false;
  if (selection.only === null) return attribute.returned === "default";
  const parts = attribute.subAttributes.map((sub) => key(extension, attribute.name, sub.name));
  return (
    selection.only.has(whole) ||
    selection.only.has(key(extension, null, null)) ||
    parts.some((part) => selection.only?.has(part))
  );
}

function wantsSub(selection: Selection, attribute: Attribute, sub: Attribute, extension: string | null): boolean {
  const part = key(extension, attribute.name, sub.name);
  if (selection.without.has(part)) return false;
  if (selection.only === null || selection.only.has(part)) return true;
  return (
    selection.only.has(key(extension, attribute.name, null)) ||
    (extension !== null && selection.only.has(key(extension, null, null)))
  );
}

function pick(
  holder: Values,
  attributes: readonly Attribute[],
  selection: Selection,
  extension: string | null,
): Values {
  const picked: Values = {};
  for (const attribute of attributes) {
    const value = holder[attribute.name];
    if (value !== undefined && wants(selection, attribute, extension))
      picked[attribute.name] = project(value, attribute, selection, extension);
  }
  return picked;
}

function project(value: unknown, attribute: Attribute, selection: Selection, extension: string | null): unknown {
  if (attribute.type !== "complex" || (selection.only === null && selection.without.size === 0)) return value;
  if (Array.isArray(value)) return value.map((element) => project(element, attribute, selection, extension));
  if (!isObject(value)) return value;
  const subs = attribute.subAttributes.filter((sub) => wantsSub(selection, attribute, sub, extension));
  return Object.fromEntries(
    subs.flatMap((sub) => (value[sub.name] === undefined ? [] : [[sub.name, value[sub.name]]])),
  );
}

/** The ETag of a version; weak, because projections of one version differ in bytes (RFC 7644 §3.14). */
export function versionTag(version: number): string {
  return `W/"${version}"`;
}

/** Where a resource is, from the public base of the service. */
export function locationOf(id: string, type: ResourceType, base: string): string {
  return `${base}${type.endpoint}/${id}`;
}

/**
 * A resource as it is sent: `schemas` and `id` always, then what the selection leaves in the schema's order, then `meta`
 * unless `attributes` does not name it (DESIGN §5 "Projection").
 */
export function serialize(stored: Stored, type: ResourceType, selection: Selection, base: string): Values {
  const core = pick(stored.values, type.schema.attributes, selection, null);
  const extensions: Values = {};
  for (const { schema } of type.extensions) {
    const held = stored.values[schema.id];
    const picked = isObject(held) ? pick(held, schema.attributes, selection, schema.id) : {};
    if (Object.keys(picked).length > 0) extensions[schema.id] = picked;
  }
  const { externalId } = stored.values;
  const wantsExternalId =
    selection.only === null ? !selection.without.has("|externalid|") : selection.only.has("|externalid|");
  return {
    schemas: [type.schema.id, ...Object.keys(extensions)],
    id: stored.id,
    ...(externalId !== undefined && wantsExternalId && { externalId }),
    ...core,
    ...extensions,
    ...metaOf(stored, type, selection, base),
  };
}

function metaOf(stored: Stored, type: ResourceType, selection: Selection, base: string): Values {
  const isNamed = selection.only === null || [...selection.only].some((name) => name.startsWith("|meta|"));
  if (!isNamed || selection.without.has("|meta|")) return {};
  return {
    meta: {
      resourceType: type.name,
      created: stored.created,
      lastModified: stored.lastModified,
      location: locationOf(stored.id, type, base),
      version: versionTag(stored.version),
    },
  };
}
