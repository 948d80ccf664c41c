import { isObject } from "@/lib/scim/json";
import type { AttributePath } from "@/lib/scim/schema/path";
import type { Attribute } from "@/lib/scim/schema/schema";
import { compareCodePoints, fold, foldName, instant } from "@/lib/scim/text";
import type { Comparable, Filter, Operator } from "./filter";

type Holder = Record<string, unknown>;

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

/** Whether a value is assigned: null, "" and empty lists and objects are not (RFC 7643 §2.5). */
export function isAssigned(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return false;
  if (Array.isArray(value)) return value.some(isAssigned);
  return isObject(value) ? Object.values(value).some(isAssigned) : true;
}

/** The values at a path, unchanged: one for a single-valued attribute, any number for a list. */
export function valuesAt(holder: Holder, { extension, attribute, sub }: AttributePath): unknown[] {
  const within = extension === null ? holder : holder[extension];
  if (!isObject(within)) return [];
  const values = asList(within[attribute.name]);
  return sub === null ? values : values.flatMap((value) => (isObject(value) ? asList(value[sub.name]) : []));
}

/** A value as engines compare it: folded if case doesn't matter, instants as UTC text; null if it can't be compared. */
export function comparableOf(attribute: Attribute, value: unknown): Comparable | null {
  if (typeof value === "string") {
    if (attribute.type === "dateTime") return instant(value);
    return foldText(attribute, value);
  }
  return typeof value === "number" || typeof value === "boolean" ? value : null;
}

/** A text as both engines and the uniqueness check compare it (D-74). */
export function foldText({ caseExact, uniqueness }: Attribute, text: string): string {
  if (caseExact) return text;
  return uniqueness === "none" ? fold(text) : foldName(text);
}

/** Negative if `left` comes first: texts by code point, numbers by size, false before true. */
export function order(left: Comparable, right: Comparable): number {
  return typeof left === "string" && typeof right === "string"
    ? compareCodePoints(left, right)
    : Number(left) - Number(right);
}

function holds(left: Comparable, operator: Operator, right: Comparable): boolean {
  switch (operator) {
    case "eq":
      return left === right;
    case "ne":
      return left !== right;
    case "co":
      return String(left).includes(String(right));
    case "sw":
      return String(left).startsWith(String(right));
    case "ew":
      return String(left).endsWith(String(right));
    case "gt":
      return order(left, right) > 0;
    case "ge":
      return order(left, right) >= 0;
    case "lt":
      return order(left, right) < 0;
    case "le":
      return order(left, right) <= 0;
    default:
      return operator satisfies never;
  }
}

/**
 * Whether a resource matches. `values` holds the attributes by canonical name, including `id`, `schemas` and `meta`. A list matches if any
 * of its values does, even with `ne` (F11); an unassigned attribute matches no comparison.
 */
export function matches(filter: Filter, values: Record<string, unknown>): boolean {
  switch (filter.kind) {
    case "and":
      return matches(filter.left, values) && matches(filter.right, values);
    case "or":
      return matches(filter.left, values) || matches(filter.right, values);
    case "not":
      return !matches(filter.filter, values);
    case "present":
      return valuesAt(values, filter.path).some(isAssigned);
    case "compare": {
      const attribute = filter.path.sub ?? filter.path.attribute;
      return valuesAt(values, filter.path).some((value) => {
        const held = comparableOf(attribute, value);
        return held !== null && held !== "" && holds(held, filter.operator, filter.value);
      });
    }
    case "valuePath":
      return valuesAt(values, filter.path).some((value) => isObject(value) && matches(filter.filter, value));
    case "absent":
      return false;
    default:
      return filter satisfies never;
  }
}
