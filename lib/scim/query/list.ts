import { badRequest } from "@/lib/scim/error";
import type { Filter } from "@/lib/scim/filter/filter";
import { parseFilter } from "@/lib/scim/filter/parser";
import { parseMessage } from "@/lib/scim/message";
import { parseSelection, type Selection } from "@/lib/scim/resource/serialize";
import type { ResourceType, Values } from "@/lib/scim/schema/schema";
import { type Position, readCursor, type Seal } from "./cursor";
import { parseSort, type Sort } from "./sort";

/** Sizes of a page (D-76). */
export const defaultCount = 100;
export const maxCount = 1_000;

export type ListQuery = {
  filter: Filter | null;
  /** A 1-based index, or the position that the page follows: null for the first page by cursor. */
  start: { index: number } | { after: Position | null };
  count: number;
  sort: Sort | null;
  selection: Selection;
};

/** A page of a list: the total number of matches, the page's resources, and the position of the next page, if there is one. */
export type Page<Item> = { total: number; resources: Item[]; next: Position | null };

/** Query parameters by lower-case name; the first of several wins, `+` is a space. */
export function parseQuery(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
  }
  return parameters;
}

function integer(query: ReadonlyMap<string, string>, name: string, otherwise: number): number {
  const text = query.get(name.toLowerCase())?.trim();
  if (text === undefined || text === "") return otherwise;
  if (!/^[+-]?\d{1,15}$/.test(text))
    throw badRequest("invalidValue", `${name} must be a whole number, not ${JSON.stringify(text)}.`);
  return Number(text);
}

/** The requested range: by index, or by cursor if the parameter is present, even if empty (RFC 9865 §2). */
type Range = Pick<ListQuery, "start" | "count">;

function parseRange(query: ReadonlyMap<string, string>, endpoint: string, seal: Seal): Range {
  const cursor = query.get("cursor");
  if (cursor !== undefined) return parseCursorRange(cursor, query, endpoint, seal);
  return {
    start: { index: Math.max(1, integer(query, "startIndex", 1)) },
    count: Math.min(maxCount, Math.max(0, integer(query, "count", defaultCount))),
  };
}

/** Unlike by index, a count out of range is an error here, and so is one that differs from the first page's (RFC 9865 §2.1). */
function parseCursorRange(cursor: string, query: ReadonlyMap<string, string>, endpoint: string, seal: Seal): Range {
  if (query.has("startindex"))
    throw badRequest("invalidValue", "cursor and startIndex exclude each other: send one of them.");
  const given = query.get("count")?.trim() || null;
  const count = given === null ? defaultCount : Number(given);
  if (!Number.isInteger(count) || count < 0 || count > maxCount)
    throw badRequest("invalidCount", `count must be a whole number from 0 to ${maxCount}.`);
  if (cursor === "") return { start: { after: null }, count };
  const known = readCursor(cursor, endpoint, query, seal);
  if (given !== null && count !== known.count)
    throw badRequest("invalidCount", `count must stay ${known.count}, as this walk began with it.`);
  return { start: { after: known.position }, count: known.count };
}

/**
 * Reads the parameters of a list (RFC 7644 §3.4.2): malformed numbers are 400, numbers out of range are clamped (Q1, Q2). In a search over
 * several types, `unknown` attributes are absent from the types that don't have them.
 */
export function parseListQuery(
  query: ReadonlyMap<string, string>,
  type: ResourceType,
  endpoint: string,
  seal: Seal,
  unknown: "refused" | "absent" = "refused",
): ListQuery {
  const filter = query.get("filter");
  if (filter?.trim() === "") throw badRequest("invalidFilter", "The filter is empty.");
  return {
    ...parseRange(query, endpoint, seal),
    filter: filter === undefined ? null : parseFilter(filter, type, unknown),
    sort: parseSort(query, type, unknown),
    selection: parseSelection(query, type),
  };
}

/** Reads the body of POST …/.search as the parameters of a list (RFC 7644 §3.4.3). Throws 400 `invalidSyntax` for any other body. */
export function parseSearch(body: unknown): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of Object.entries(parseMessage(body, "SearchRequest"))) {
    if (value === null || name.toLowerCase() === "schemas") continue;
    const parts = Array.isArray(value) ? value : [value];
    if (parts.some((part) => typeof part === "object"))
      throw badRequest("invalidSyntax", `${JSON.stringify(name)} must be a text, a number or a list of texts.`);
    parameters.set(name.toLowerCase(), parts.join(","));
  }
  return parameters;
}

/** A page's place in its list: an index, or the next page's cursor, which is missing at the end. */
export type Place = { startIndex: number } | { nextCursor: string | null };

/** A list response for resources that are JSON text already; `Resources` is its last member. */
export function listResponseText(resources: readonly string[], totalResults: number, place: Place): string {
  return `${headOf(resources.length, totalResults, place)}${resources.join(",")}]}`;
}

/** Characters of a piece; a longer part becomes its own piece, because joining would copy it. */
const pieceLength = 65_536;

/** A list response in pieces. Each resource is created when it is needed, so that a large page isn't held twice. */
export function* listResponsePieces<Item>(
  items: readonly Item[],
  show: (item: Item) => readonly string[],
  totalResults: number,
  place: Place,
): Iterable<string> {
  let held = headOf(items.length, totalResults, place);
  for (const part of partsOf(items, show)) {
    const isLong = part.length > pieceLength;
    if (isLong || held.length > pieceLength) {
      yield held;
      held = "";
    }
    if (isLong) yield part;
    else held += part;
  }
  yield `${held}]}`;
}

function* partsOf<Item>(items: readonly Item[], show: (item: Item) => readonly string[]): Iterable<string> {
  for (const [index, item] of items.entries()) {
    if (index > 0) yield ",";
    yield* show(item);
  }
}

/** The response up to the first resource. */
function headOf(count: number, totalResults: number, place: Place): string {
  return JSON.stringify(listResponse([], totalResults, place, count)).slice(0, -2);
}

/** RFC 7644 §3.4.2: `itemsPerPage` is the number of resources in this page, and `Resources` is present even if empty (Q5, Q6). */
export function listResponse(
  resources: readonly Values[],
  totalResults: number,
  place: Place,
  itemsPerPage = resources.length,
): Values {
  const { nextCursor, ...index } = { nextCursor: null, ...place };
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults,
    ...index,
    itemsPerPage,
    ...(nextCursor !== null && { nextCursor }),
    Resources: resources,
  };
}
