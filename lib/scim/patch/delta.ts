import type { Filter } from "@/lib/scim/filter/filter";
import { isObject } from "@/lib/scim/json";
import type { Values } from "@/lib/scim/schema/schema";
import type { Operation } from "./operations";

/** A change of a list by its elements' `value`: without `keep` all are removed first; then these are removed, then these added. */
export type Delta = { keep: boolean; add: Map<string, Values>; remove: Set<string> };

/**
 * Folds the operations on one list into a change by value, so that a store that keeps the list as rows needn't load it. Null if an
 * operation depends on the list, such as a filter on anything but `value`.
 */
export function foldDelta(operations: readonly Operation[], name: string): Delta | null {
  let delta: Delta | null = { keep: true, add: new Map(), remove: new Set() };
  for (const operation of operations) {
    if (operation.target.attribute.name === name) delta = delta && foldOperation(delta, operation);
  }
  return delta;
}

function foldOperation(delta: Delta, { op, target, value, listed }: Operation): Delta | null {
  if (target.sub !== null) return null;
  if (target.filter !== null) {
    const ids = op === "remove" ? valuesOf(target.filter) : null;
    return ids && takeOut(delta, ids);
  }
  if (op === "remove") return listed === null ? emptied() : takeOut(delta, listed.map(idOf));
  return putIn(op === "replace" ? emptied() : delta, Array.isArray(value) ? value : []);
}

function putIn(delta: Delta, elements: readonly unknown[]): Delta {
  for (const element of elements.filter(isObject)) {
    delta.add.set(idOf(element), element);
    delta.remove.delete(idOf(element));
  }
  return delta;
}

function emptied(): Delta {
  return { keep: false, add: new Map(), remove: new Set() };
}

function idOf(element: unknown): string {
  return isObject(element) ? String(element.value ?? "") : String(element);
}

function takeOut(delta: Delta, ids: readonly string[]): Delta {
  for (const id of ids) {
    delta.add.delete(id);
    delta.remove.add(id);
  }
  return delta;
}

/** The values that a filter selects: `value eq "a"`, or several of them joined by `or`. */
function valuesOf(filter: Filter): string[] | null {
  if (filter.kind === "or") {
    const [left, right] = [valuesOf(filter.left), valuesOf(filter.right)];
    return left && right && [...left, ...right];
  }
  const isValue = filter.kind === "compare" && filter.operator === "eq" && filter.path.attribute.name === "value";
  return isValue ? [String(filter.value)] : null;
}
