import { badRequest } from "./error";
import { type Attribute, valueAttribute } from "./schema";
import { isObject } from "./tolerance";

/** What makes two elements the same one: `value` alone where it refers to something, else `value` with `type`. */
function identity(element: unknown, attribute: Attribute): string {
  if (!isObject(element) || element.value === undefined) return JSON.stringify(element);
  const { value, type } = element;
  const isReference = valueAttribute(attribute)?.mutability === "immutable";
  return JSON.stringify(isReference || typeof type !== "string" ? [value] : [value, type.toLowerCase()]);
}

/**
 * Adds elements to a list: one that is there already takes on what is new of it, and of two `primary: true` the later
 * one stays (DESIGN §5, RFC 7643 §2.4).
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
    throw badRequest("invalidValue", `${name} has ${primaries.length} primary values; one is possible.`);
}
