import { list, one, type ScimRequestModel, sql } from "@/lib/db";
import { notFound } from "@/lib/workspace/refusal";
import { containing, patternsOf } from "@/lib/workspace/text";
import { type LoggedRequest, unquoted } from "./record";

type Row = Omit<LoggedRequest, "workspaceId" | "connectionId" | "resourceId"> &
  Pick<ScimRequestModel, "id" | "subject"> & { tokenName: string | null };

/** The subject of a change in a row without one: the name in the response or else the request, either of which may be truncated. */
function subjectOf({ method, requestBody, responseBody }: Row): string | null {
  if (method === "GET") return null;
  const text = `${responseBody ?? ""}\n${requestBody ?? ""}`;
  for (const name of ["userName", "displayName"]) {
    const value = new RegExp(`"${name}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`).exec(text)?.[1];
    if (value) return unquoted(value);
  }
  return null;
}

function toView(row: Row) {
  return {
    id: row.id,
    requestId: row.requestId,
    at: row.at.toISOString(),
    method: row.method,
    path: row.path,
    query: row.query,
    subject: row.subject ?? subjectOf(row),
    status: row.status,
    scimType: row.scimType,
    effect: row.effect,
    durationMs: row.durationMs,
    token: row.tokenId === null ? null : { id: row.tokenId, name: row.tokenName ?? "" },
    agent: row.agent,
    missing: row.missing,
  };
}

export type ScimRequestQuery = {
  search?: string | undefined;
  status?: string | undefined;
  method?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
};

/** The status range of each class that the filter offers. */
const statusFrom: Record<string, [number, number]> = {
  "2xx": [200, 299],
  "3xx": [300, 399],
  "4xx": [400, 499],
  "5xx": [500, 599],
  error: [400, 599],
};

/** The request log, newest first. Search covers names, paths, queries and request ids. */
export async function listScimRequests(workspaceId: string, query: ScimRequestQuery) {
  const limit = Math.min(query.limit ?? 50, 200);
  const [from, to] = statusFrom[query.status ?? ""] ?? [0, 999];
  const pattern = query.search?.trim() ? containing(query.search.trim()) : null;
  const folded = patternsOf(query.search);
  const rows = await list<Row>(
    workspaceId,
    sql`
    SELECT r.id, r."requestId", r.at, r.method, r.path, r.query, r.status, r."scimType", r.detail, r."durationMs", r.effect, r.notes, r."tokenId", coalesce(t.name, r."tokenName") AS "tokenName", r.subject, r.agent, r.address, r.missing,
      left(r."requestBody", 4000) AS "requestBody", left(r."responseBody", 4000) AS "responseBody"
    FROM "ScimRequest" r LEFT JOIN "AccessToken" t ON t."workspaceId" = r."workspaceId" AND t.id = r."tokenId"
    WHERE r."workspaceId" = ${workspaceId} AND (${query.cursor ?? null}::uuid IS NULL OR r.id < ${query.cursor ?? null}::uuid)
      AND r.status BETWEEN ${from} AND ${to} AND (${query.method || null}::text IS NULL OR r.method = ${query.method || null})
      AND (${pattern}::text IS NULL OR r."searchText" LIKE ALL (${folded}::text[]) OR r.path ILIKE ${pattern} OR r.query ILIKE ${pattern} OR r."requestId" ILIKE ${pattern} OR r.detail ILIKE ${pattern} OR r."requestBody" ILIKE ${pattern})
    ORDER BY r.id DESC LIMIT ${limit + 1}`,
  );
  const page = rows.slice(0, limit);
  return { requests: page.map(toView), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

export async function findScimRequest(workspaceId: string, id: string) {
  const row = await one<Row>(sql`
    SELECT r.*, coalesce(t.name, r."tokenName") AS "tokenName" FROM "ScimRequest" r LEFT JOIN "AccessToken" t ON t."workspaceId" = r."workspaceId" AND t.id = r."tokenId"
    WHERE r."workspaceId" = ${workspaceId} AND r.id::text = ${id}`);
  if (!row) throw notFound("request");
  const { address, requestBody, responseBody, notes, detail } = row;
  return { ...toView(row), address, requestBody, responseBody, notes, detail };
}
