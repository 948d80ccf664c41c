import { checkJson } from "@/lib/scim/resource/body";
import { type Attribute, valueAttribute } from "@/lib/scim/schema/schema";
import { type Body, isObject } from "./json";

/*
 * Deviations of clients, each with the clients that send it and the reference's rule that requires tolerance. Nothing else in this library
 * is tolerant. Each function takes a client's value and returns the one that it should have sent.
 */

/** Entra without its flag writes `Add`, `Replace`, `Remove`. */
export function readOperationName(name: unknown): unknown {
  return typeof name === "string" ? name.toLowerCase() : name;
}

/** Entra, Keycloak and OneLogin send booleans as text: `"False"` is not true. */
export function readBoolean(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const word = value.toLowerCase();
  return word === "true" ? true : word === "false" ? false : value;
}

/** Okta's samples and HR systems send numbers for texts, and texts for numbers (W13). */
export function readText(value: unknown): unknown {
  const isExact = typeof value === "number" && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isExact ? String(value) : value; // a longer number has already lost its last digits in JSON
}

export function readNumber(value: unknown): unknown {
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
}

/**
 * A single simple value: old jobs of Entra wrap it, as in `value: [{ value: "x" }]` (azure-docs#42220). An empty list is no value
 * (RFC 7643 §2.5).
 */
export function readSingle(given: unknown): unknown {
  if (!Array.isArray(given) || given.length > 1) return given;
  if (given.length === 0) return undefined;
  const only: unknown = given[0];
  return isObject(only) && "value" in only ? only.value : given;
}

/**
 * The value of a reference that has nothing but a URL: the URL's last segment (RFC 7643 §2.4). Older jobs of Entra send members this way.
 * Null without a URL.
 */
export function readReference(given: Body): string | null {
  const ref = Object.entries(given).find(([name]) => name.toLowerCase() === "$ref")?.[1];
  return typeof ref === "string" ? (/([^/?#]+)\/*(?:[?#].*)?$/s.exec(ref)?.[1] ?? null) : null;
}

/**
 * A single complex value: clients send a bare text for its `value`, as `manager: "id"` or `members: "id"` (R-54, R-55, P20), and old jobs
 * of Entra a list of one, as `manager: [{ value }]`.
 */
export function readComplex(attribute: Attribute, given: unknown): unknown {
  const isListOfOne = !attribute.multiValued && Array.isArray(given) && given.length <= 1;
  const value = isListOfOne ? (given[0] ?? {}) : given;
  const isBare = typeof value === "string" || typeof value === "number";
  return isBare && valueAttribute(attribute) ? { value } : value;
}

/**
 * Entra's app roles arrive as JSON inside a text: `value: "{\"id\":…,\"value\":\"Admin\",…}"`. The content is checked like a body; a
 * text that only looks like JSON, or has no value inside, is kept as it is.
 */
export function readPackedElement(element: Body): Body {
  const packed = element.value;
  if (typeof packed !== "string" || !packed.startsWith("{")) return element;
  const inner = readJson(packed);
  return isObject(inner) && typeof inner.value === "string" ? { ...element, ...inner } : element;
}

function readJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  checkJson(text, value);
  return value;
}

/** Whether an `add` of roles carries packed elements: Entra then states the whole set, not an addition (D-42). */
export function isPackedSet({ name }: Attribute, value: unknown): boolean {
  if (name !== "roles") return false;
  const elements = Array.isArray(value) ? value : [value];
  return elements.some((element) => isObject(element) && readPackedElement(element) !== element);
}

/** Names that clients use for a sub-attribute: OneLogin's `managerId` (P20), Entra's `displayName` in roles. */
const aliases = new Map([
  ["manager.managerid", "value"],
  ["roles.displayname", "display"],
]);

export function readSubName(parent: Attribute, name: string): string {
  return aliases.get(`${parent.name}.${name.toLowerCase()}`) ?? name;
}

/**
 * The values that a `remove` lists in its `value`: Entra, authentik and JumpCloud mean only these, never all, and an empty list
 * means none. Null if it lists none, so that the whole attribute is meant.
 */
export function readRemovedValues(value: unknown): unknown[] | null {
  if (value === null || value === undefined || value === "") return null;
  return Array.isArray(value) ? value : [value];
}
