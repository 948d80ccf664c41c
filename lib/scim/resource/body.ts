import { badRequest, ScimError } from "@/lib/scim/error";
import { isPrototypeName } from "@/lib/scim/schema/schema";
import { cutText, whyUnstorable } from "@/lib/scim/text";

/** Limits of a body (D-81). */
const maxDepth = 20;

/**
 * Accepts both media types of RFC 7644 §8.1; a missing one counts as JSON (R-02, E14). JSON has no `charset` parameter, so it is ignored
 * (RFC 8259 §11): RestAssured names ISO-8859-1 and sends UTF-8. The bytes decide.
 */
function checkMediaType(contentType: string | undefined): void {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "" || type === "application/scim+json" || type === "application/json") return;
  throw new ScimError(415, undefined, `Send application/scim+json, not ${JSON.stringify(cutText(type, 100))}.`);
}

/** Parses a body as JSON. Rejects invalid UTF-8, invalid JSON, too deep nesting, and names or texts that can't be stored. */
export function parseBody(bytes: Uint8Array, contentType: string | undefined): unknown {
  checkMediaType(contentType);
  if (bytes.length === 0) throw badRequest("invalidSyntax", "The request has no body.");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes); // skips a byte order mark
  } catch {
    throw badRequest("invalidSyntax", "The body is not UTF-8.");
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw badRequest("invalidSyntax", `The body is not JSON: ${cutText((error as Error).message, 200)}`);
  }
  checkJson(text, body);
  return body;
}

/** Checks that JSON and the value parsed from it can be stored: depth, names, texts and numbers. Throws 400. */
export function checkJson(text: string, value: unknown): void {
  try {
    checkValue(value, 1);
  } catch (error) {
    if (!(error instanceof Unstorable)) throw error;
    throw badRequest("invalidValue", findUnstorable(value, "") ?? "A text can't be stored.");
  }
  checkNames(text);
}

function checkValue(value: unknown, depth: number): void {
  if (typeof value === "string") checkText(value);
  if (typeof value === "number" && !Number.isFinite(value)) throw badRequest("invalidValue", "A number is too large.");
  if (typeof value !== "object" || value === null) return;
  if (depth > maxDepth) throw badRequest("invalidSyntax", `The body is nested deeper than ${maxDepth} levels.`);
  if (Array.isArray(value)) {
    for (const element of value) checkValue(element, depth + 1);
    return;
  }
  for (const name of Object.keys(value)) {
    // Even if unknown names are ignored: a name that reaches a prototype is an attack, not a mapping (T20).
    if (isPrototypeName(name))
      throw badRequest("invalidSyntax", `${JSON.stringify(name)} can't be the name of an attribute.`);
    checkText(name);
    checkValue((value as Record<string, unknown>)[name], depth + 1);
  }
}

function checkText(text: string): void {
  if (whyUnstorable(text) !== null) throw new Unstorable();
}

/** A body contains a text that can't be stored; only then is its place searched for. */
class Unstorable extends Error {}

/** The error for the first text that can't be stored, with its attribute's name. */
function findUnstorable(value: unknown, path: string): string | null {
  if (typeof value === "string") return whyUnstorable(value, path === "" ? "A text" : path);
  if (typeof value !== "object" || value === null) return null;
  for (const [name, part] of Object.entries(value)) {
    const why = whyUnstorable(name, "The name of an attribute") ?? findUnstorable(part, pathOf(value, name, path));
    if (why !== null) return why;
  }
  return null;
}

/** The path of a part of a value; in a PATCH operation, the value's path is the operation's. */
function pathOf(whole: object, name: string, path: string): string {
  if (Array.isArray(whole)) return path;
  const target = (whole as { path?: unknown }).path;
  if (name === "value" && typeof target === "string" && whyUnstorable(target) === null) return target;
  return path === "" || path === "Operations" ? name : `${path}.${name}`;
}

/**
 * Rejects a duplicate name in one object: programs differ in which of the two values they use. `text` is valid JSON, so a string followed
 * by a colon is a name.
 */
function checkNames(text: string): void {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "{") open.push(new Set());
    else if (char === "[") open.push(null);
    else if (char === "}" || char === "]") open.pop();
    else if (char === '"') at = checkString(text, at, open.at(-1) ?? null);
  }
}

/** The position of the quote that ends the string at `start`; adds a name to `names`. */
function checkString(text: string, start: number, names: Set<string> | null): number {
  let end = start + 1;
  while (text.charAt(end) !== '"') end += text.charAt(end) === "\\" ? 2 : 1;
  if (names === null || !isFollowedByColon(text, end)) return end;
  const name = JSON.parse(text.slice(start, end + 1)) as string;
  if (names.has(name)) throw badRequest("invalidSyntax", `${JSON.stringify(name)} stands twice in one object.`);
  names.add(name);
  return end;
}

function isFollowedByColon(text: string, quote: number): boolean {
  let at = quote + 1;
  while (" \t\n\r".includes(text.charAt(at)) && at < text.length) at++;
  return text.charAt(at) === ":";
}
