import { badRequest } from "./error";
import { isObject } from "./json";

/** The value of a body's key in any case. */
export function member(body: Record<string, unknown>, name: string): unknown {
  return Object.entries(body).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** A value if it is a text; JSON can hold objects whose conversion to a text throws. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Names that differ in case only are one name, and in one object it stands once (W11). */
export function checkTwice(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (seen.has(key)) throw badRequest("invalidSyntax", `${JSON.stringify(name)} stands twice in one object.`);
    seen.add(key);
  }
}

type MessageName = "PatchOp" | "BulkRequest" | "SearchRequest";

function urnOf(name: MessageName): string {
  return `urn:ietf:params:scim:api:messages:2.0:${name}`;
}

/**
 * Whether a body is one of the protocol's own messages (RFC 7644 §8.2), which its `schemas` name. A search changes nothing and can be
 * nothing else where it was sent, so clients that leave its `schemas` out, or empty, are understood.
 */
export function isMessage(body: unknown, name: MessageName): body is Record<string, unknown> {
  if (!isObject(body)) return false;
  const schemas = member(body, "schemas") ?? [];
  if (name === "SearchRequest" && Array.isArray(schemas) && schemas.length === 0) return true;
  return Array.isArray(schemas) && schemas.some((one) => textOf(one)?.toLowerCase() === urnOf(name).toLowerCase());
}

/** The body of a message. Throws 400 `invalidSyntax` for another body. */
export function parseMessage(body: unknown, name: MessageName): Record<string, unknown> {
  if (!isObject(body)) throw badRequest("invalidSyntax", "The body must be a JSON object.");
  if (!isMessage(body, name)) throw badRequest("invalidSyntax", `schemas must name ${urnOf(name)}.`);
  checkTwice(Object.keys(body));
  return body;
}

/** The `Operations` of a message. Throws 400 `invalidSyntax` when they are no list. */
export function operationsOf(message: Record<string, unknown>): unknown[] {
  const operations = member(message, "operations");
  if (!Array.isArray(operations)) throw badRequest("invalidSyntax", "Operations must be a list.");
  return operations;
}
