import { badRequest, ScimError } from "./error";
import { isPrototypeName } from "./schema";

/** DESIGN §5 "Limits" */
const maxDepth = 20;

/** Both media types of RFC 7644 §8.1, with any parameters; none at all is taken for JSON (R-02, E14). */
function checkMediaType(contentType: string | undefined): void {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "" || type === "application/scim+json" || type === "application/json") return;
  throw new ScimError(415, undefined, `Send application/scim+json, not ${JSON.stringify(type.slice(0, 100))}.`);
}

/** A body as JSON. Refuses what is no UTF-8, no JSON, too deep, or has names or texts that nothing can store. */
export function parseBody(bytes: Uint8Array, contentType: string | undefined): unknown {
  checkMediaType(contentType);
  if (bytes.length === 0) throw badRequest("invalidSyntax", "The request has no body.");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes); // a byte order mark is passed over
  } catch {
    throw badRequest("invalidSyntax", "The body is not UTF-8.");
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw badRequest("invalidSyntax", `The body is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  checkValue(body, 1);
  return body;
}

function checkValue(value: unknown, depth: number): void {
  if (typeof value === "string") checkText(value);
  if (typeof value !== "object" || value === null) return;
  if (depth > maxDepth) throw badRequest("invalidSyntax", `The body is nested deeper than ${maxDepth} levels.`);
  if (Array.isArray(value)) {
    for (const element of value) checkValue(element, depth + 1);
    return;
  }
  for (const name of Object.keys(value)) {
    // Also where unknown names are ignored: what reaches a prototype is an attack, not a mapping (T20).
    if (isPrototypeName(name))
      throw badRequest("invalidSyntax", `${JSON.stringify(name)} can't be the name of an attribute.`);
    checkText(name);
    checkValue((value as Record<string, unknown>)[name], depth + 1);
  }
}

/** NUL and lone surrogates are no text that a database or another client could take. */
function checkText(text: string): void {
  if (text.includes("\u0000"))
    throw badRequest("invalidValue", "A text holds the character U+0000, which can't be stored.");
  if (!isWellFormed(text)) throw badRequest("invalidValue", "A text holds half of a surrogate pair.");
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed: () => boolean }).isWellFormed();
}
