import { badRequest } from "@/lib/scim/error";
import { comparableOf } from "@/lib/scim/filter/match";
import { isObject } from "@/lib/scim/json";
import { type Attribute, valueAttribute } from "./schema";

/** Whether the elements of a list refer to something, such as the members of a group. */
export function isReferences(attribute: Attribute): boolean {
  return valueAttribute(attribute)?.mutability === "immutable";
}

/**
 * What makes two elements the same one, letters alike where their case does not count: `value` alone where it refers to something,
 * else `value` with `type`, else everything that the element says.
 */
export function identity(element: unknown, attribute: Attribute): string {
  if (!isObject(element)) return JSON.stringify(comparableOf(attribute, element));
  const isWhole = element.value === undefined;
  const telling = attribute.subAttributes.filter(
    ({ name }) => isWhole || name === "value" || (name === "type" && !isReferences(attribute)),
  );
  return JSON.stringify(telling.map((sub) => comparableOf(sub, element[sub.name])));
}

/** A list without the elements that listed ones name: by their value where they have one, else by everything that they say. */
export function withoutListed(list: readonly unknown[], listed: readonly unknown[], attribute: Attribute): unknown[] {
  const value = valueAttribute(attribute);
  const namedValue = (element: unknown) =>
    value && isObject(element) && element.value !== undefined ? comparableOf(value, element.value) : null;
  const values = new Set(listed.map(namedValue).filter((one) => one !== null));
  const wholes = new Set(listed.filter((one) => namedValue(one) === null).map((one) => identity(one, attribute)));
  return list.filter((element) => {
    const named = namedValue(element);
    return !(named !== null && values.has(named)) && !wholes.has(identity(element, attribute));
  });
}

/**
 * Adds elements to a list: one that is there already takes on what is new of it, and of two `primary: true` the later
 * one stays (D-68, RFC 7643 §2.4).
 */
export function mergeElements(list: readonly unknown[], added: readonly unknown[], attribute: Attribute): unknown[] {
  const merged = new Map(list.map((element) => [identity(element, attribute), element]));
  let primary: string | null = null;
  for (const element of added) {
    const key = identity(element, attribute);
    const known = merged.get(key);
    merged.set(key, isObject(known) && isObject(element) ? { ...known, ...element } : element);
    if (isObject(element) && element.primary === true) primary = key;
  }
  return primary === null
    ? [...merged.values()]
    : withOnePrimary([...merged.values()], [...merged.keys()].indexOf(primary));
}

/** The list with `primary: true` on one element only (P9). */
export function withOnePrimary(elements: readonly unknown[], index: number): unknown[] {
  return elements.map((element, at) =>
    at !== index && isObject(element) && element.primary === true ? { ...element, primary: false } : element,
  );
}

/** The strict profile refuses a list that calls two elements primary, instead of taking the later one (W15). */
export function checkOnePrimary(elements: readonly unknown[], { name }: Attribute): void {
  const primaries = elements.filter((element) => isObject(element) && element.primary === true);
  if (primaries.length > 1)
    throw badRequest(
      "invalidValue",
      `${name} has ${primaries.length} primary values; the strict profile of this workspace takes one.`,
    );
}
