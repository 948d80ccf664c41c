import { badRequest } from "@/lib/scim/error";
import { isAssigned } from "@/lib/scim/filter/match";
import { isObject } from "@/lib/scim/json";
import { checkPresent, isMissing } from "@/lib/scim/resource/resource";
import { identity } from "@/lib/scim/schema/elements";
import type { Attribute, ResourceType, Values } from "@/lib/scim/schema/schema";
import { isEqual } from "./patch";

/**
 * Checks that a change is allowed (RFC 7644 §3.5.1, §3.5.2): an immutable attribute is set only once, a required one can't be removed, and
 * new values must be complete. Values that were incomplete before the schema was declared may stay so (E11). Throws 400 `mutability`, or
 * `invalidValue` for new values. The PATCH parser protects the sub-attributes of list elements (P18).
 */
export function checkChange(before: Values, after: Values, type: ResourceType): void {
  checkAttributes(before, after, type.schema.attributes, "");
  for (const { schema, required } of type.extensions) {
    const [held, next] = [holder(before, schema.id), holder(after, schema.id)];
    if (required && isAssigned(held) && !isAssigned(next))
      throw badRequest("mutability", `The extension ${schema.id} is required and can't be removed.`);
    checkAttributes(held, next, schema.attributes, `${schema.id}:`);
    if (!isAssigned(held) && isAssigned(next)) checkPresent(schema.attributes, next, `${schema.id}:`);
  }
}

function holder(values: Values, name: string): Values {
  const held = values[name];
  return isObject(held) ? held : {};
}

function checkAttributes(before: Values, after: Values, attributes: readonly Attribute[], path: string): void {
  for (const attribute of attributes) {
    const { name, mutability, required, subAttributes } = attribute;
    const held = before[name];
    if (mutability === "immutable" && isAssigned(held) && !isEqual(held, after[name]))
      throw badRequest("mutability", `${path}${name} has a value, and it can't be changed once it has one.`);
    if (required && !isMissing(held) && isMissing(after[name]) && isAssigned(after))
      throw badRequest("mutability", `${path}${name} is required and can't be removed.`);
    if (subAttributes.length > 0) checkParts(before, after, attribute, path);
  }
}

/** Checks the sub-attributes of a complex value: an existing one may change, a new one must be complete. */
function checkParts(before: Values, after: Values, attribute: Attribute, path: string): void {
  const { name, multiValued, subAttributes } = attribute;
  const within = `${path}${name}.`;
  if (!multiValued) checkAttributes(holder(before, name), holder(after, name), subAttributes, within);
  if (!subAttributes.some(({ required }) => required)) return;
  const held = new Set(listOf(before[name]));
  for (const element of listOf(after[name])) {
    const isNew = multiValued ? !held.has(element) : held.size === 0;
    if (isNew && isObject(element)) checkPresent(subAttributes, element, within);
  }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : isAssigned(value) ? [value] : [];
}

/** A PUT keeps write-only attributes that it doesn't mention, because clients can't see them (W6). */
export function keepWriteOnly(before: Values, after: Values, type: ResourceType): Values {
  const kept = { ...after, ...unseen(before, after, type.schema.attributes) };
  for (const { schema } of type.extensions) {
    const held = unseen(holder(before, schema.id), holder(after, schema.id), schema.attributes);
    if (Object.keys(held).length > 0) kept[schema.id] = { ...holder(after, schema.id), ...held };
  }
  return kept;
}

function unseen(before: Values, after: Values, attributes: readonly Attribute[]): Values {
  const kept: Values = {};
  for (const attribute of attributes) {
    const { name, mutability, subAttributes } = attribute;
    const [held, next] = [before[name], after[name]];
    if (mutability === "writeOnly" && next === undefined && held !== undefined) kept[name] = held;
    if (isAssigned(held) && isAssigned(next) && subAttributes.some((sub) => sub.mutability === "writeOnly"))
      kept[name] = withUnseenParts(held, next, attribute);
  }
  return kept;
}

/** A complex value, or each list element that existed before, with its write-only sub-attributes. */
function withUnseenParts(held: unknown, next: unknown, attribute: Attribute): unknown {
  if (Array.isArray(next)) {
    const known = new Map(listOf(held).map((element) => [identity(element, attribute), element]));
    return next.map((element) => withUnseenParts(known.get(identity(element, attribute)), element, attribute));
  }
  if (!isObject(held) || !isObject(next)) return next;
  return { ...next, ...unseen(held, next, attribute.subAttributes) };
}
