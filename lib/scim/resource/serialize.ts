import { badRequest } from "@/lib/scim/error";
import { isObject } from "@/lib/scim/json";
import { LazyList } from "@/lib/scim/query/lazy-list";
import { type AttributePath, isResolved, resolveExtension, resolvePath } from "@/lib/scim/schema/path";
import type { Attribute, ResourceType, Values } from "@/lib/scim/schema/schema";
import { common } from "@/lib/scim/schemas/common";

/** A resource as a store returns it; times are ISO 8601 in UTC with milliseconds. */
export type Stored = {
  id: string;
  values: Values;
  version: number;
  /** A digest of computed values, which the version doesn't cover; absent if there are none. */
  computed?: string;
  created: string;
  lastModified: string;
  /**
   * Set if the store has the values as JSON text: all but the common ones, in parts and without the braces around them, and the URNs of the
   * extensions they contain. Such a resource can be sent whole without being parsed.
   */
  json?: { values: readonly string[]; extensions: readonly string[]; externalId: string | null };
};

/**
 * The parts of a resource that `attributes` and `excludedAttributes` select: keys of paths, or null if the client didn't choose; `written`
 * are the attributes that the request itself wrote, which are returned even if they otherwise are only on request (RFC 7643 §7).
 */
export type Selection = {
  only: ReadonlySet<string> | null;
  without: ReadonlySet<string>;
  written: ReadonlySet<string>;
};

function keysOf(text: string, type: ResourceType): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .flatMap((name) => keyOf(name, type));
}

/** The key of a known name; unknown names are ignored (Q10). */
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
    written: new Set(),
  };
}

/** The selection for the response to a write of these attributes; only matters for attributes that are returned on request. */
export function withWritten(
  selection: Selection,
  paths: Iterable<Pick<AttributePath, "extension" | "attribute">>,
): Selection {
  const written = [...paths].filter(({ attribute }) => attribute.returned === "request");
  return {
    ...selection,
    written: new Set(written.map(({ extension, attribute }) => key(extension, attribute.name, null))),
  };
}

/** Whether any part of an attribute is returned; a store needn't load the others (Q14). */
export function wants(selection: Selection, attribute: Attribute, extension: string | null = null): boolean {
  const whole = key(extension, attribute.name, null);
  const urn = extension === null ? null : key(extension, null, null);
  if (attribute.returned === "always") return true;
  if (attribute.returned === "never" || selection.without.has(whole)) return false;
  if (urn !== null && selection.without.has(urn)) return false;
  if (selection.only === null) return attribute.returned === "default" || selection.written.has(whole);
  const parts = attribute.subAttributes.map((sub) => key(extension, attribute.name, sub.name));
  const isNamed = [whole, ...parts].some((name) => selection.only?.has(name));
  return isNamed || (urn !== null && selection.only.has(urn) && attribute.returned === "default");
}

function wantsSub(selection: Selection, attribute: Attribute, sub: Attribute, extension: string | null): boolean {
  const part = key(extension, attribute.name, sub.name);
  if (sub.returned === "always") return true;
  if (sub.returned === "never" || selection.without.has(part)) return false;
  if (selection.only?.has(part)) return true;
  const isWhole =
    selection.only === null ||
    selection.only.has(key(extension, attribute.name, null)) ||
    (extension !== null && selection.only.has(key(extension, null, null)));
  return isWhole && sub.returned === "default";
}

/** An attribute to return, with its selected sub-attributes; null if all of them are. */
type Selected = { attribute: Attribute; parts: readonly Attribute[] | null };

function selectedOf(attributes: readonly Attribute[], selection: Selection, extension: string | null): Selected[] {
  return attributes
    .filter((attribute) => wants(selection, attribute, extension))
    .map((attribute) => {
      const parts = attribute.subAttributes.filter((sub) => wantsSub(selection, attribute, sub, extension));
      return { attribute, parts: parts.length === attribute.subAttributes.length ? null : parts };
    });
}

/** The selected attributes of each resource of a list, computed once. */
type Projection = { common: Selected[]; core: Selected[]; extensions: { urn: string; selected: Selected[] }[] };

/** Cache for requests without a selection, which most are. */
const wholes = new WeakMap<ResourceType, Projection>();

function projectionOf(selection: Selection, type: ResourceType): Projection {
  const known = isWhole(selection) ? wholes.get(type) : undefined;
  if (known) return known;
  const projection = project(selection, type);
  if (isWhole(selection)) wholes.set(type, projection);
  return projection;
}

/** Whether the client made no selection, so that all attributes that are returned by default are sent. */
export function isWhole({ only, without, written }: Selection): boolean {
  return only === null && without.size === 0 && written.size === 0;
}

function project(selection: Selection, type: ResourceType): Projection {
  return {
    common: selectedOf(common, selection, null),
    core: selectedOf(type.schema.attributes, selection, null),
    extensions: type.extensions.map(({ schema }) => ({
      urn: schema.id,
      selected: selectedOf(schema.attributes, selection, schema.id),
    })),
  };
}

function pick(holder: Values, selected: readonly Selected[]): Values {
  const picked: Values = {};
  for (const { attribute, parts } of selected) {
    const held = holder[attribute.name];
    const value = held === undefined || parts === null ? held : partsOf(held, parts);
    if (value !== undefined) picked[attribute.name] = value;
  }
  return picked;
}

/** The selected sub-attributes of a value; undefined if it has none of them. */
function partsOf(value: unknown, parts: readonly Attribute[]): unknown {
  if (value instanceof LazyList) return value.map((element) => (partsOf(element, parts) ?? {}) as Values);
  if (Array.isArray(value)) {
    const selected = value.map((element) => partsOf(element, parts)).filter((element) => element !== undefined);
    return selected.length === 0 ? undefined : selected;
  }
  if (!isObject(value)) return value;
  const selected = parts.flatMap(({ name }) => (value[name] === undefined ? [] : [[name, value[name]]]));
  return selected.length === 0 ? undefined : Object.fromEntries(selected);
}

/** The ETag of a resource; weak, because projections of one version differ in bytes (RFC 7644 §3.14). */
export function versionTag({ version, computed }: Pick<Stored, "version" | "computed">): string {
  return computed === undefined ? `W/"${version}"` : `W/"${version}-${computed}"`;
}

/** The URL of a resource, from the service's public base URL. */
export function locationOf(id: string, type: ResourceType, base: string): string {
  return `${base}${type.endpoint}/${id}`;
}

/**
 * Serialises resources of one type: always `schemas` and `id`, then the selected attributes in the schema's order, then `meta` unless
 * `attributes` leaves it out (D-69).
 */
export function serializer(type: ResourceType, selection: Selection, base: string): (stored: Stored) => Values {
  const projection = projectionOf(selection, type);
  return (stored) => {
    const extensions: Values = {};
    for (const { urn, selected } of projection.extensions) {
      const held = stored.values[urn];
      const picked = isObject(held) ? pick(held, selected) : {};
      if (Object.keys(picked).length > 0) extensions[urn] = picked;
    }
    const { meta, externalId } = pick(
      { externalId: stored.values.externalId, meta: metaOf(stored, type, base) },
      projection.common,
    );
    return {
      schemas: [type.schema.id, ...Object.keys(extensions)],
      id: stored.id,
      ...(externalId !== undefined && { externalId }),
      ...pick(stored.values, projection.core),
      ...extensions,
      ...(meta !== undefined && { meta }),
    };
  };
}

/** Serialises to one text. A whole resource whose values are JSON already is concatenated, not parsed. */
export function textSerializer(type: ResourceType, selection: Selection, base: string): (stored: Stored) => string {
  const show = partsSerializer(type, selection, base);
  return (stored) => {
    let text = "";
    for (const part of show(stored)) text += part;
    return text;
  };
}

/** Serialises to parts that are written one after the other, because joining would copy long ones. */
export function partsSerializer(
  type: ResourceType,
  selection: Selection,
  base: string,
): (stored: Stored) => readonly string[] {
  const show = serializer(type, selection, base);
  const whole = isWhole(selection);
  const core = JSON.stringify(type.schema.id);
  // Ids, times and versions are our own: nothing in them needs an escape.
  const before = `"meta":{"resourceType":${JSON.stringify(type.name)},"created":"`;
  const location = JSON.stringify(locationOf("", type, base)).slice(0, -1);
  return (stored) => {
    if (!whole || !stored.json) return [JSON.stringify(show(stored))];
    const { values, extensions, externalId } = stored.json;
    const schemas = [core, ...extensions.map((urn) => JSON.stringify(urn))].join(",");
    const external = externalId === null ? "" : `,"externalId":${JSON.stringify(externalId)}`;
    const { id, created, lastModified, version, computed } = stored;
    const tag = computed === undefined ? version : `${version}-${computed}`;
    const meta = `${before}${created}","lastModified":"${lastModified}","location":${location}${id}","version":"W/\\"${tag}\\""}`;
    return [`{"schemas":[${schemas}],"id":"${id}"${external},`, ...values, `,${meta}}`];
  };
}

function metaOf(stored: Stored, type: ResourceType, base: string): Values {
  const { id, created, lastModified } = stored;
  return {
    resourceType: type.name,
    created,
    lastModified,
    location: locationOf(id, type, base),
    version: versionTag(stored),
  };
}
