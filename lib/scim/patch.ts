import { mergeElements, withOnePrimary } from "./elements";
import { badRequest } from "./error";
import type { Filter } from "./filter";
import { isAssigned, matches } from "./match";
import type { Operation, OperationName } from "./operations";
import { assign, dropCleared } from "./resource";
import { type Attribute, type Values, valueAttribute } from "./schema";
import { isObject } from "./tolerance";

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
 * Applies operations in order (RFC 7644 §3.5.2): all of them, or an error and nothing. Pure; returns `values` itself
 * when nothing changes, so that callers can test by identity whether there is anything to write (P8).
 */
export function applyPatch(values: Values, operations: readonly Operation[]): Values {
  const result = operations.reduce(applyOperation, values);
  return isEqual(values, result) ? values : result;
}

function applyOperation(values: Values, operation: Operation): Values {
  const { extension, attribute } = operation.target;
  const holder = extension === null ? values : isObject(values[extension]) ? values[extension] : {};
  const held = holder[attribute.name];
  const next = attribute.multiValued ? changeList(asList(held), operation) : changeOne(held, operation);
  if (extension === null && attribute.required && !isAssigned(next)) {
    throw badRequest(
      operation.op === "remove" ? "mutability" : "invalidValue",
      `${attribute.name} is required and can't be removed.`,
    );
  }
  const changed = { ...holder };
  assign(changed, attribute.name, isAssigned(next) ? next : undefined);
  if (extension === null) return changed;
  const whole = { ...values };
  assign(whole, extension, Object.keys(changed).length > 0 ? changed : undefined);
  return whole;
}

function asList(held: unknown): unknown[] {
  return Array.isArray(held) ? held : [];
}

/** A single value: set, merged with what is there, or cleared. */
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

function mergeParts(held: unknown, value: Values, { op, target, isStrict }: Operation): Values | undefined {
  const isMerged = isObject(held) && !(isStrict && op === "replace");
  const parts = dropCleared(isMerged ? { ...held, ...value } : value);
  // What is only a reference, or a label, is nothing without its value.
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
      () => ({}),
    );
  if (op === "remove") return listed === null ? [] : withoutListed(list, listed);
  const given = asList(value);
  return op === "replace" ? given : given.length === 0 ? list : mergeElements(list, given, target.attribute);
}

/** an element goes when it has everything that a listed one says. */
function withoutListed(list: unknown[], listed: readonly unknown[]): unknown[] {
  return list.filter((element) => !listed.some((gone) => isNamedBy(element, gone)));
}

function isNamedBy(element: unknown, gone: unknown): boolean {
  if (!isObject(element) || !isObject(gone)) return isEqual(element, gone);
  return gone.value === undefined ? isEqual(element, gone) : element.value === gone.value;
}

/** A value path: the elements that match it, or one made from it. */
function changeMatching(list: unknown[], operation: Operation, filter: Filter): unknown[] {
  const isMatch = list.map((element) => isObject(element) && matches(filter, element));
  if (isMatch.includes(true)) return changeEach(list, operation, isMatch, () => ({}));
  const { op, value } = operation;
  if (op === "remove" || value === undefined) return list; // R-44 over P12: nothing to take away
  const seed = operation.isStrict && op === "replace" ? null : seedOf(filter, op);
  if (seed === null)
    throw badRequest("noTarget", `No ${operation.target.attribute.name} matches the filter of the path.`);
  return changeEach([...list, seed], operation, [...list.map(() => false), true], () => ({}));
}

/**
 * The element that a filter describes: for `add` any conjunction of `sub-attribute eq literal`; for `replace` only of
 * `type eq "<canonical>"` and `primary eq true` (DESIGN §5). Null when it describes none.
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
  return attribute.name === "type" && (attribute.canonicalValues ?? []).some((known) => known.toLowerCase() === value);
}

function changeEach(list: unknown[], operation: Operation, isChosen: boolean[], make: () => Values): unknown[] {
  const { op, target, value } = operation;
  if (target.sub === null && op === "remove") return list.filter((_, at) => !isChosen[at]);
  const changed = list.map((element, at) =>
    isChosen[at] ? changeElement(isObject(element) ? element : make(), operation) : element,
  );
  const sets =
    target.sub === null ? isObject(value) && value.primary === true : target.sub.name === "primary" && value === true;
  const chosen = isChosen.lastIndexOf(true);
  const single = sets && chosen >= 0 ? withOnePrimary(changed, chosen) : changed;
  const isTaking = op === "remove" || value === undefined;
  return isTaking ? single.filter((element, at) => !isChosen[at] || !isGhost(element)) : single;
}

function changeElement(element: Values, { op, target, value }: Operation): Values {
  const next = { ...element };
  const { sub } = target;
  if (sub?.mutability === "immutable" && isAssigned(element[sub.name]) && element[sub.name] !== value)
    throw badRequest("mutability", `${target.attribute.name}.${sub.name} can't be changed once it has a value.`);
  if (target.sub !== null) assign(next, target.sub.name, op === "remove" ? undefined : value);
  else if (isObject(value)) Object.assign(next, value);
  return next;
}

/** An element of which only its label is left says nothing. */
function isGhost(element: unknown): boolean {
  if (!isObject(element)) return false;
  return !Object.entries(element).some(([name, value]) => name !== "type" && name !== "primary" && isAssigned(value));
}
