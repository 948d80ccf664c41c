import { badRequest } from "./error";
import { isObject } from "./json";

/** The value of a body's key, whatever its case. */
export function member(body: Record<string, unknown>, name: string): unknown {
  return Object.entries(body).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** The value if it is a text; converting an object from JSON to a text may throw. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Names that differ only in case are the same name, which an object may contain only once (W11). */
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
 * Whether a body is the protocol's message (RFC 7644 §8.2) that its `schemas` name. A search is read-only and nothing else can be sent to
 * its URL, so its `schemas` may be missing or empty.
 */
export function isMessage(body: unknown, name: MessageName): body is Record<string, unknown> {
  if (!isObject(body)) return false;
  const schemas = member(body, "schemas") ?? [];
  if (name === "SearchRequest" && Array.isArray(schemas) && schemas.length === 0) return true;
  return Array.isArray(schemas) && schemas.some((one) => textOf(one)?.toLowerCase() === urnOf(name).toLowerCase());
}

/** The body of a message. Throws 400 `invalidSyntax` for any other body. */
export function parseMessage(body: unknown, name: MessageName): Record<string, unknown> {
  if (!isObject(body)) throw badRequest("invalidSyntax", "The body must be a JSON object.");
  if (!isMessage(body, name)) throw badRequest("invalidSyntax", `schemas must name ${urnOf(name)}.`);
  checkTwice(Object.keys(body));
  return body;
}

/** The `Operations` of a message. Throws 400 `invalidSyntax` if they are not a list. */
export function operationsOf(message: Record<string, unknown>): unknown[] {
  const operations = member(message, "operations");
  if (!Array.isArray(operations)) throw badRequest("invalidSyntax", "Operations must be a list.");
  return operations;
}
