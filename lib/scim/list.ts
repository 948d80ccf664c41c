import { badRequest } from "./error";
import { type Filter, parseFilter } from "./filter";
import type { ResourceType, Values } from "./schema";
import { parseSelection, type Selection } from "./serialize";
import { parseSort, type Sort } from "./sort";
import { isObject } from "./tolerance";

/** DESIGN §5 "Paging" */
const defaultCount = 100;
export const maxCount = 1_000;

export type ListQuery = {
  filter: Filter | null;
  /** 1-based. */
  startIndex: number;
  count: number;
  sort: Sort | null;
  selection: Selection;
};

/** Query parameters by lower-case name; the first of several counts, `+` is a space. */
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

/** Reads the parameters of a list (RFC 7644 §3.4.2): bad numbers are 400, numbers out of range are brought into it (Q1, Q2). */
export function parseListQuery(query: ReadonlyMap<string, string>, type: ResourceType): ListQuery {
  const filter = query.get("filter");
  if (filter?.trim() === "") throw badRequest("invalidFilter", "The filter is empty.");
  return {
    filter: filter === undefined ? null : parseFilter(filter, type),
    startIndex: Math.max(1, integer(query, "startIndex", 1)),
    count: Math.min(maxCount, Math.max(0, integer(query, "count", defaultCount))),
    sort: parseSort(query, type),
    selection: parseSelection(query, type),
  };
}

const searchRequest = "urn:ietf:params:scim:api:messages:2.0:searchrequest";

/** The body of POST …/.search as the parameters of a list (RFC 7644 §3.4.3). Throws 400 `invalidSyntax` for another body. */
export function parseSearch(body: unknown): ReadonlyMap<string, string> {
  const entries = isObject(body) ? Object.entries(body) : [];
  const parameters = new Map<string, string>();
  for (const [name, value] of entries) {
    if (value === null || name.toLowerCase() === "schemas") continue;
    if (typeof value === "object" && !Array.isArray(value))
      throw badRequest("invalidSyntax", `${JSON.stringify(name)} must be a text, a number or a list.`);
    parameters.set(name.toLowerCase(), String(value)); // a list is joined by commas, as in a query
  }
  const schemas = entries.find(([name]) => name.toLowerCase() === "schemas")?.[1];
  if (Array.isArray(schemas) && schemas.some((urn) => String(urn).toLowerCase() === searchRequest)) return parameters;
  throw badRequest("invalidSyntax", "schemas must name urn:ietf:params:scim:api:messages:2.0:SearchRequest.");
}

/** RFC 7644 §3.4.2: `itemsPerPage` is what this page holds, and `Resources` is there also when it is empty (Q5, Q6). */
export function listResponse(resources: readonly Values[], totalResults: number, startIndex: number): Values {
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}
