import { badRequest } from "@/lib/scim/error";
import { comparableOf } from "@/lib/scim/filter/match";
import { isObject } from "@/lib/scim/json";
import { type Attribute, valueAttribute } from "./schema";

/** Whether the elements of a list are references, such as the members of a group. */
export function isReferences(attribute: Attribute): boolean {
  return valueAttribute(attribute)?.mutability === "immutable";
}

/**
 * The key that makes two elements the same, ignoring case if it doesn't matter: `value` alone for references, else `value` with `type`,
 * else the whole element.
 */
export function identity(element: unknown, attribute: Attribute): string {
  if (!isObject(element)) return JSON.stringify(comparableOf(attribute, element));
  const isWhole = element.value === undefined;
  const identifying = attribute.subAttributes.filter(
    ({ name }) => isWhole || name === "value" || (name === "type" && !isReferences(attribute)),
  );
  return JSON.stringify(identifying.map((sub) => comparableOf(sub, element[sub.name])));
}

/** A list without the listed elements: compared by `value` if they have one, else as a whole. */
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
 * Adds elements to a list: an existing element is merged with the added one, and of two with `primary: true` the later one wins
 * (D-68, RFC 7643 §2.4).
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

/** The strict profile rejects a list with two primary elements, instead of using the later one (W15). */
export function checkOnePrimary(elements: readonly unknown[], { name }: Attribute): void {
  const primaries = elements.filter((element) => isObject(element) && element.primary === true);
  if (primaries.length > 1)
    throw badRequest(
      "invalidValue",
      `${name} has ${primaries.length} primary values; the strict profile of this workspace takes one.`,
    );
}
