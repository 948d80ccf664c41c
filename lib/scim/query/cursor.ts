import { badRequest } from "@/lib/scim/error";

/*
 * Cursors of RFC 9865: stateless, a place in an order. The product seals them, so that they can be neither read nor made up, and
 * binds them to whom they were given; here they are bound to the query they belong to.
 */

/** Where a page ends: the sort key of its last row as the store writes it (null: it has none, or nothing is sorted), and its id. */
export type Position = { key: string | null; id: string };

/** Authenticated encryption. `about` is not in the text, but opening takes the same; null when a text was not sealed so. */
export type Seal = {
  seal: (text: string, about: string) => string;
  open: (text: string, about: string) => string | null;
};

/** Seconds that a cursor is good for; each page gives a new one. */
export const cursorTimeout = 3_600;

/** The parameters that must stay the same from page to page. */
const bound = ["filter", "sortby", "sortorder", "attributes", "excludedattributes"];

/** What a cursor is about: the endpoint, and every parameter that decides what the list holds. */
function aboutOf(endpoint: string, query: ReadonlyMap<string, string>): string {
  return JSON.stringify([endpoint, ...bound.map((name) => query.get(name) ?? null)]);
}

/** A cursor for what follows `position`. Its characters are base64url: unreserved in URLs. */
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
 * Reads a cursor. Throws 400 `invalidCursor` in the same words for one that is made up, of somebody else or of another query,
 * and `expiredCursor` for an old one.
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
