import { badRequest } from "./error";
import { isAssigned } from "./match";
import { isEqual } from "./patch";
import type { Attribute, ResourceType, Values } from "./schema";
import { isObject } from "./tolerance";

/**
 * Holds a change to what may change (RFC 7644 §3.5.1, §3.5.2): an immutable attribute takes a value once, and what an extension
 * requires is there while the extension is. Throws 400 `mutability`. The parts of list elements are kept by the parser of PATCH (P18).
 */
export function checkChange(before: Values, after: Values, type: ResourceType): void {
  checkImmutable(before, after, type.schema.attributes, "");
  for (const { schema, required } of type.extensions) {
    const next = holder(after, schema.id);
    checkImmutable(holder(before, schema.id), next, schema.attributes, `${schema.id}:`);
    const missing = schema.attributes.find((attribute) => attribute.required && !isAssigned(next[attribute.name]));
    if (missing && (required || isAssigned(next)))
      throw badRequest("mutability", `${schema.id}:${missing.name} is required and can't be removed.`);
  }
}

function holder(values: Values, name: string): Values {
  const held = values[name];
  return isObject(held) ? held : {};
}

function checkImmutable(before: Values, after: Values, attributes: readonly Attribute[], path: string): void {
  for (const { name, mutability, multiValued, subAttributes } of attributes) {
    const held = before[name];
    if (mutability === "immutable" && isAssigned(held) && !isEqual(held, after[name]))
      throw badRequest("mutability", `${path}${name} has a value, and it can't be changed once it has one.`);
    if (!multiValued && subAttributes.length > 0)
      checkImmutable(holder(before, name), holder(after, name), subAttributes, `${path}${name}.`);
  }
}

/** What a PUT leaves as it is because clients can't see it: attributes that are only ever written (W6). */
export function keepWriteOnly(before: Values, after: Values, type: ResourceType): Values {
  const kept = { ...after, ...unseen(before, after, type.schema.attributes) };
  for (const { schema } of type.extensions) {
    const held = unseen(holder(before, schema.id), holder(after, schema.id), schema.attributes);
    if (Object.keys(held).length > 0) kept[schema.id] = { ...holder(after, schema.id), ...held };
  }
  return kept;
}

function unseen(before: Values, after: Values, attributes: readonly Attribute[]): Values {
  const names = attributes.filter(({ mutability }) => mutability === "writeOnly").map(({ name }) => name);
  return Object.fromEntries(
    names.filter((name) => after[name] === undefined && before[name] !== undefined).map((name) => [name, before[name]]),
  );
}
