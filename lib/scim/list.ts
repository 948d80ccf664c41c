import { badRequest } from "./error";
import { type Filter, parseFilter } from "./filter";
import type { ResourceType, Values } from "./schema";
import { parseSelection, type Selection } from "./serialize";

/** DESIGN §5 "Paging" */
const defaultCount = 100;
export const maxCount = 1_000;

export type ListQuery = {
  filter: Filter | null;
  /** 1-based. */
  startIndex: number;
  count: number;
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
    selection: parseSelection(query, type),
  };
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
