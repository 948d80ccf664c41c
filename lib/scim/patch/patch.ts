import { badRequest, ScimError } from "@/lib/scim/error";
import type { Filter } from "@/lib/scim/filter/filter";
import { isAssigned, matches } from "@/lib/scim/filter/match";
import { isObject } from "@/lib/scim/json";
import { assign, dropCleared, isMissing, maxElements } from "@/lib/scim/resource/resource";
import { isReferences, mergeElements, withOnePrimary, withoutListed } from "@/lib/scim/schema/elements";
import { type Attribute, type Values, valueAttribute } from "@/lib/scim/schema/schema";
import type { Operation, OperationName } from "./operations";

/** Deep equality of JSON values. */
export function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((value, at) => isEqual(value, right[at]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => isEqual(left[name], right[name]));
}

/**
 * The limit on a PATCH's comparisons: operations times the elements that they examine, and the terms of their filters. Nobody needs more;
 * without it, one request could hold up all others (T19, T29).
 */
const maxComparisons = 500_000;

/**
 * Applies operations in order (RFC 7644 §3.5.2): all of them, or none and an error. Pure; returns `values` itself if nothing changes, so
 * that callers can test by identity whether there is anything to write (P8). Throws 413 `tooMany` if it would take too long or make a list
 * too long.
 */
export function applyPatch(values: Values, operations: readonly Operation[]): Values {
  let comparisons = 0;
  let result = values;
  for (const operation of operations) {
    comparisons += costOf(result, operation);
    if (comparisons > maxComparisons)
      throw new ScimError(413, "tooMany", "This PATCH looks through too many values: send its operations in several.");
    result = applyOperation(result, operation);
  }
  return isEqual(values, result) ? values : result;
}

function holderOf(values: Values, { extension }: Operation["target"]): Values {
  if (extension === null) return values;
  const held = values[extension];
  return isObject(held) ? held : {};
}

function costOf(values: Values, { target }: Operation): number {
  const held = holderOf(values, target)[target.attribute.name];
  return Array.isArray(held) ? held.length * (target.filter === null ? 1 : 1 + termsOf(target.filter)) : 0;
}

function termsOf(filter: Filter): number {
  if (filter.kind === "and" || filter.kind === "or") return termsOf(filter.left) + termsOf(filter.right);
  return filter.kind === "not" ? termsOf(filter.filter) : 1;
}

function applyOperation(values: Values, operation: Operation): Values {
  const { target } = operation;
  const { extension, attribute } = target;
  const holder = holderOf(values, target);
  const held = holder[attribute.name];
  const next = attribute.multiValued ? changeList(asList(held), operation) : changeOne(held, operation);
  checkOutcome(held, next, operation);
  const changed = { ...holder };
  assign(changed, attribute.name, isAssigned(next) ? next : undefined);
  if (extension === null) return changed;
  const whole = { ...values };
  assign(whole, extension, Object.keys(changed).length > 0 ? changed : undefined);
  return whole;
}

/** A required attribute can't be removed (P11), and a list stored with its resource must stay small enough to be sent back. */
function checkOutcome(held: unknown, next: unknown, { op, target: { extension, attribute } }: Operation): void {
  if (extension === null && attribute.required && isMissing(next)) {
    throw badRequest(
      op === "remove" ? "mutability" : "invalidValue",
      `${attribute.name} is required and can't be removed.`,
    );
  }
  const isLonger = Array.isArray(next) && next.length > maxElements && next.length > asList(held).length;
  if (isLonger && !isReferences(attribute))
    throw new ScimError(413, "tooMany", `${attribute.name} holds ${maxElements} values at most.`);
}

function asList(held: unknown): unknown[] {
  return Array.isArray(held) ? held : [];
}

/** A single value: set, merged with the existing one, or cleared. */
function changeOne(held: unknown, operation: Operation): unknown {
  const { op, target, value } = operation;
  if (target.sub !== null) {
    const parts = isObject(held) ? { ...held } : {};
    assign(parts, target.sub.name, op === "remove" ? undefined : value);
    return parts;
  }
  if (op === "remove" || value === undefined) return undefined;
  return isObject(value) ? mergeParts(held, value, operation) : value;
}

function mergeParts(held: unknown, value: Values, { target }: Operation): Values | undefined {
  const parts = dropCleared(isObject(held) ? { ...held, ...value } : value);
  // A reference or a label means nothing without its value.
  return valueAttribute(target.attribute) && parts.value === undefined ? undefined : parts;
}

function changeList(list: unknown[], operation: Operation): unknown[] {
  const { op, target, value, listed } = operation;
  if (target.filter !== null) return changeMatching(list, operation, target.filter);
  if (target.sub !== null)
    return changeEach(
      list,
      operation,
      list.map(() => true),
    );
  if (op === "remove") return listed === null ? [] : withoutListed(list, listed, target.attribute);
  const given = asList(value);
  return op === "replace" ? given : given.length === 0 ? list : mergeElements(list, given, target.attribute);
}

/** A value path: changes the elements that match it, or creates one from it. */
function changeMatching(list: unknown[], operation: Operation, filter: Filter): unknown[] {
  const isMatch = list.map((element) => isObject(element) && matches(filter, element));
  if (isMatch.includes(true)) return changeEach(list, operation, isMatch);
  const { op, value } = operation;
  if (op === "remove" || value === undefined) return list; // R-44 over P12: nothing to remove
  const isRefused = operation.isStrict && op === "replace";
  const seed = isRefused ? null : seedOf(filter, op);
  if (seed === null) {
    const why = isRefused ? " The strict profile of this workspace makes none for a replace." : "";
    throw badRequest("noTarget", `No ${operation.target.attribute.name} matches the filter of the path.${why}`);
  }
  const whole = [...list, seed];
  const single = seed.primary === true ? withOnePrimary(whole, list.length) : whole; // P9
  return changeEach(single, operation, [...list.map(() => false), true]);
}

/**
 * The element that a filter describes: for `add` any conjunction of `sub-attribute eq literal`; for `replace` only `primary eq true` and
 * `type eq` a canonical type, or any type if the list declares none (D-67). Null if it describes none.
 */
function seedOf(filter: Filter, op: OperationName): Values | null {
  if (filter.kind === "and") {
    const [left, right] = [seedOf(filter.left, op), seedOf(filter.right, op)];
    return left && right && { ...left, ...right };
  }
  if (filter.kind !== "compare" || filter.operator !== "eq") return null;
  const { attribute } = filter.path;
  if (op === "replace" && !isDescriptive(attribute, filter.value)) return null;
  return { [attribute.name]: typeof filter.value === "string" ? filter.literal : filter.value };
}

function isDescriptive(attribute: Attribute, value: unknown): boolean {
  if (attribute.name === "primary") return value === true;
  const known = attribute.canonicalValues ?? [];
  return attribute.name === "type" && (known.length === 0 || known.some((one) => one.toLowerCase() === value));
}

/** Changes the chosen elements. An element that ends up empty is removed, and two that become equal are stored once (D-68). */
function changeEach(list: unknown[], operation: Operation, isChosen: boolean[]): unknown[] {
  const { op, target, value } = operation;
  const isGone = op === "remove" || (op === "replace" && value === undefined);
  if (target.sub === null && isGone) return list.filter((_, at) => !isChosen[at]);
  const changed = list.map((element, at) => (isChosen[at] ? changeElement(element, operation) : element));
  const sets =
    target.sub === null ? isObject(value) && value.primary === true : target.sub.name === "primary" && value === true;
  const chosen = isChosen.lastIndexOf(true);
  const single = sets && chosen >= 0 ? withOnePrimary(changed, chosen) : changed;
  // A later operation may still set the value of an element that a path created.
  const isTaking = target.sub === null || isGone || value === undefined;
  const left = isTaking ? single.filter((element, at) => !isChosen[at] || !isGhost(element)) : single;
  return mergeElements([], left, target.attribute);
}

function changeElement(held: unknown, { op, target, value }: Operation): Values {
  const element = isObject(held) ? held : {};
  const { sub, attribute } = target;
  const changes = sub === null ? (isObject(value) ? value : {}) : { [sub.name]: op === "remove" ? undefined : value };
  const kept = attribute.subAttributes.find(
    ({ name, mutability }) =>
      mutability === "immutable" && name in changes && isAssigned(element[name]) && element[name] !== changes[name],
  );
  if (kept) throw badRequest("mutability", `${attribute.name}.${kept.name} can't be changed once it has a value.`);
  return dropCleared({ ...element, ...changes });
}

/** An element with nothing but its label means nothing. */
function isGhost(element: unknown): boolean {
  if (!isObject(element)) return false;
  return !Object.entries(element).some(([name, value]) => name !== "type" && name !== "primary" && isAssigned(value));
}
