import { badRequest } from "@/lib/scim/error";

/*
 * Cursors of RFC 9865: stateless, a position in an order. The product seals them, so that they can't be read or forged, and binds them to
 * the token they were issued to; here they are bound to their query.
 */

/**
 * The end of a page: the sort key of its last row as the store writes it (null if the row has none, or the list isn't sorted), and its id.
 */
export type Position = { key: string | null; id: string };

/** Authenticated encryption. `about` isn't in the text, but opening needs the same one; null if the text wasn't sealed that way. */
export type Seal = {
  seal: (text: string, about: string) => string;
  open: (text: string, about: string) => string | null;
};

/** Seconds that a cursor is valid; each page issues a new one. */
export const cursorTimeout = 3_600;

/** The parameters that must stay the same from page to page. */
const bound = ["filter", "sortby", "sortorder", "attributes", "excludedattributes"];

/** The subject that a cursor is bound to: the endpoint, and every parameter that affects the list. */
function aboutOf(endpoint: string, query: ReadonlyMap<string, string>): string {
  return JSON.stringify([endpoint, ...bound.map((name) => query.get(name) ?? null)]);
}

/** A cursor for the rows after `position`. Its characters are base64url: unreserved in URLs. */
export function writeCursor(
  { key, id }: Position,
  count: number,
  endpoint: string,
  query: ReadonlyMap<string, string>,
  seal: Seal,
): string {
  const expires = Math.floor(Date.now() / 1000) + cursorTimeout;
  return seal.seal(JSON.stringify([key, id, count, expires]), aboutOf(endpoint, query));
}

/**
 * Reads a cursor. Throws 400 `invalidCursor` with the same text for a forged one, another caller's, or one of another query, and
 * `expiredCursor` for an old one.
 */
export function readCursor(
  text: string,
  endpoint: string,
  query: ReadonlyMap<string, string>,
  seal: Seal,
): { position: Position; count: number } {
  const opened = seal.open(text, aboutOf(endpoint, query));
  if (opened === null)
    throw badRequest("invalidCursor", "This cursor does not belong to this query: begin again without one.");
  const [key, id, count, expires] = JSON.parse(opened) as [string | null, string, number, number];
  if (expires * 1000 < Date.now())
    throw badRequest("expiredCursor", "This cursor is too old: begin again without one.");
  return { position: { key, id }, count };
}
