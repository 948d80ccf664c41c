import { all, list, one, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { cutText, storable } from "@/lib/text";
import { findHold } from "@/lib/workspace/holds/hold";
import { newId } from "@/lib/workspace/id";
import { listKeptAdmins } from "@/lib/workspace/members/roles";
import { notFound } from "@/lib/workspace/refusal";
import { countLost, listLost } from "@/lib/workspace/restore/restore";
import { patternsOf, searchTextOf } from "@/lib/workspace/text";

/** One request of an identity provider as the log keeps it: redacted, and what it meant. */
export type LoggedRequest = {
  /** The row's own id, made once: a row that is written again after a lost answer is the same row. */
  id?: string;
  workspaceId: string;
  requestId: string;
  at: Date;
  method: string;
  path: string;
  query: string | null;
  status: number;
  scimType: string | null;
  detail: string | null;
  durationMs: number;
  requestBody: string | null;
  responseBody: string | null;
  effect: string | null;
  notes: string[];
  tokenId: string | null;
  connectionId: string | null;
  agent: string | null;
  address: string | null;
  /** Requests around this one that could not be logged. */
  missing: number;
};

const names = /"(userName|displayName|givenName|familyName|formatted)"\s*:\s*("(?:[^"\\]|\\.)*")/g;

/** A JSON string out of a body that may be no JSON: it is shown as it came where its escapes mean nothing. */
function unquoted(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}

/** Characters of a body in which names are looked for. */
const maxLooked = 4_000;

/** The names that a body says, the first of each attribute. */
function namesOf(body: string | null): Map<string, string> {
  const said = new Map<string, string>();
  for (const [, name = "", quoted = '""'] of cutText(body ?? "", maxLooked).matchAll(names)) {
    if (!said.has(name)) said.set(name, unquoted(quoted));
  }
  return said;
}

/** Whom or what a change was about, by the answer or else the request: one name to show, and all of them as a search compares them. */
function namesIn({ method, requestBody, responseBody }: LoggedRequest): { subject: string | null; searchText: string } {
  if (method === "GET") return { subject: null, searchText: "" };
  const answered = namesOf(responseBody);
  const said = answered.size > 0 ? answered : namesOf(requestBody);
  const given = said.get("givenName") ?? "";
  return {
    subject: said.get("userName") ?? said.get("displayName") ?? null,
    searchText: searchTextOf([...said.values(), `${given} ${said.get("familyName") ?? ""} ${given}`]),
  };
}

/** A request as its row is written. Throws where it can't be one, such as for a time that is none. */
export function toRow(request: LoggedRequest) {
  request.id ??= newId();
  const texts = { ...request, ...namesIn(request) };
  const clean = Object.entries(texts).map(([name, value]) => [
    name,
    typeof value === "string" ? storable(value) : value,
  ]);
  return {
    ...(Object.fromEntries(clean) as typeof texts),
    at: request.at.toISOString(),
    notes: request.notes.map(storable),
  };
}

/** Writes a batch in one statement, with the last use of each token in it. What was written before is not written again. */
export async function insertScimRequests(rows: readonly ReturnType<typeof toRow>[]): Promise<void> {
  const columns = JSON.stringify(rows);
  await run(sql`
    WITH batch AS (
      SELECT r.*, t.name AS "tokenName", t.id IS NOT NULL AS "isToken"
      FROM jsonb_to_recordset(${columns}::jsonb) AS r("workspaceId" uuid, id uuid, "requestId" text, at timestamptz, method text, path text, query text, status int, "scimType" text, detail text,
        "durationMs" float8, "requestBody" text, "responseBody" text, effect text, subject text, "searchText" text, notes jsonb, "tokenId" uuid, "connectionId" uuid, agent text, address text, missing int)
      JOIN "Workspace" w ON w.id = r."workspaceId"
      LEFT JOIN "AccessToken" t ON t."workspaceId" = r."workspaceId" AND t.id = r."tokenId"),
    logged AS (
      INSERT INTO "ScimRequest" ("workspaceId", id, "requestId", at, method, path, query, status, "scimType", detail, "durationMs", "requestBody", "responseBody", effect, subject, "searchText", notes, "tokenId", "tokenName", "connectionId", agent, address, missing)
      SELECT r."workspaceId", r.id, r."requestId", r.at, r.method, r.path, r.query, r.status, r."scimType", r.detail, r."durationMs", r."requestBody", r."responseBody", r.effect, r.subject, r."searchText",
             ARRAY(SELECT jsonb_array_elements_text(r.notes)), r."tokenId", r."tokenName", r."connectionId", r.agent, r.address, r.missing FROM batch r
      ON CONFLICT ("workspaceId", id) DO NOTHING)
    INSERT INTO "AccessTokenUse" ("workspaceId", "tokenId", at, address, agent)
    SELECT DISTINCT ON (r."workspaceId", r."tokenId") r."workspaceId", r."tokenId", r.at, r.address, r.agent FROM batch r
    WHERE r."isToken" AND r.status <> 401 ORDER BY r."workspaceId", r."tokenId", r.at DESC
    ON CONFLICT ("workspaceId", "tokenId") DO UPDATE SET at = excluded.at, address = excluded.address, agent = excluded.agent`);
}

type Row = Omit<LoggedRequest, "workspaceId" | "connectionId"> & {
  id: string;
  tokenName: string | null;
  /** Whom the change was about; null in rows from before it was kept. */
  subject: string | null;
};

/** Whom a change was about, in a row that does not name it: the name in the answer or else in the request, either of which may be cut off. */
function subjectOf({ method, requestBody, responseBody }: Row): string | null {
  if (method === "GET") return null;
  const text = `${responseBody ?? ""}\n${requestBody ?? ""}`;
  for (const name of ["userName", "displayName"]) {
    const value = new RegExp(`"${name}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`).exec(text)?.[1];
    if (value) return unquoted(value);
  }
  return null;
}

function shown(row: Row) {
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

/** Lowest status of each class that the filter offers. */
const statusFrom: Record<string, [number, number]> = {
  "2xx": [200, 299],
  "3xx": [300, 399],
  "4xx": [400, 499],
  "5xx": [500, 599],
  error: [400, 599],
};

/** The log, newest first. Search reads names, paths, queries and request ids. */
export async function listScimRequests(workspaceId: string, query: ScimRequestQuery) {
  const limit = Math.min(query.limit ?? 50, 200);
  const [from, to] = statusFrom[query.status ?? ""] ?? [0, 999];
  const pattern = query.search?.trim() ? `%${query.search.trim().replace(/[%_\\]/g, "\\$&")}%` : null;
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
  return { requests: page.map(shown), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

export async function findScimRequest(workspaceId: string, id: string) {
  const row = await one<Row>(sql`
    SELECT r.*, coalesce(t.name, r."tokenName") AS "tokenName" FROM "ScimRequest" r LEFT JOIN "AccessToken" t ON t."workspaceId" = r."workspaceId" AND t.id = r."tokenId"
    WHERE r."workspaceId" = ${workspaceId} AND r.id::text = ${id}`);
  if (!row) throw notFound("request");
  const { address, requestBody, responseBody, notes, detail } = row;
  return { ...shown(row), address, requestBody, responseBody, notes, detail };
}

type Health = {
  id: string;
  name: string;
  state: string;
  liveTokens: number;
  firstRequestAt: Date | null;
  lastRequestAt: Date | null;
  lastSuccessAt: Date | null;
  writes: number;
  failedWrites: number;
  unauthorized: number;
  lastError: { at: string; status: number; detail: string | null } | null;
};

type ConnectionState = "waiting" | "healthy" | "degraded" | "failing" | "stopped";

/** Failing from 40 % of the last 50 writes, or a 401 with a token of this connection in the last hour (ux.md A3). */
function judge(health: Health): { state: ConnectionState; reason: string | null } {
  if (health.state === "disconnected") return { state: "stopped", reason: "This connection was disconnected." };
  if (health.liveTokens === 0)
    return { state: "stopped", reason: "It has no live token: make a new one under Developers." };
  if (health.unauthorized > 0) return { state: "failing", reason: "Your identity provider is using an old token." };
  if (health.firstRequestAt === null) return { state: "waiting", reason: null };
  if (health.failedWrites === 0) return { state: "healthy", reason: null };
  const reason = `${health.failedWrites} of the last ${health.writes} changes were refused.`;
  return { state: health.failedWrites >= 0.4 * health.writes ? "failing" : "degraded", reason };
}

/** How provisioning is doing: each connection's health, and what was done in a day and in a week. */
export async function findProvisioningStatus(workspaceId: string) {
  const healths = await all<Health>(sql`
    SELECT c.id, c.name, c.state,
      (SELECT count(*) FROM "AccessToken" t WHERE t."workspaceId" = c."workspaceId" AND t."connectionId" = c.id AND t."revokedAt" IS NULL AND (t."expiresAt" IS NULL OR t."expiresAt" > now())) AS "liveTokens",
      s."firstRequestAt", s."lastRequestAt", s."lastSuccessAt", s.unauthorized, w.writes, w."failedWrites", e."lastError"
    FROM "Connection" c
    CROSS JOIN LATERAL (SELECT min(at) AS "firstRequestAt", max(at) AS "lastRequestAt", max(at) FILTER (WHERE status < 400) AS "lastSuccessAt",
      count(*) FILTER (WHERE status = 401 AND at > now() - interval '1 hour') AS unauthorized
      FROM "ScimRequest" r WHERE r."workspaceId" = c."workspaceId" AND r."connectionId" = c.id) s
    CROSS JOIN LATERAL (SELECT count(*) AS writes, count(*) FILTER (WHERE l.status >= 400) AS "failedWrites" FROM
      (SELECT status FROM "ScimRequest" r WHERE r."workspaceId" = c."workspaceId" AND r."connectionId" = c.id AND method <> 'GET' ORDER BY id DESC LIMIT 50) l) w
    LEFT JOIN LATERAL (SELECT json_build_object('at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'status', status, 'detail', detail) AS "lastError"
      FROM "ScimRequest" r WHERE r."workspaceId" = c."workspaceId" AND r."connectionId" = c.id AND status >= 400 ORDER BY id DESC LIMIT 1) e ON true
    WHERE c."workspaceId" = ${workspaceId} ORDER BY c.id`);
  const context = await one<{ scimEnabled: boolean; verifiedDomains: number }>(sql`
    SELECT w."scimEnabled", (SELECT count(*) FROM "Domain" d WHERE d."workspaceId" = w.id AND d.state IN ('verified', 'warning')) AS "verifiedDomains" FROM "Workspace" w WHERE w.id = ${workspaceId}`);
  return {
    connections: healths.map((health) => ({
      id: health.id,
      name: health.name,
      ...judge(health),
      firstRequestAt: health.firstRequestAt?.toISOString() ?? null,
      lastRequestAt: health.lastRequestAt?.toISOString() ?? null,
      lastSuccessAt: health.lastSuccessAt?.toISOString() ?? null,
      lastError: health.lastError,
      liveTokens: health.liveTokens,
      isConnected: health.state === "connected",
    })),
    counts: { day: await countEffects(workspaceId, 1), week: await countEffects(workspaceId, 7) },
    hold: await findHold(workspaceId),
    ...(await lostOf(workspaceId)),
    keptAdmins: await listKeptAdmins(workspaceId),
    scimUrl: `${env().MUSTER_URL}/scim/v2`,
    scimEnabled: context?.scimEnabled ?? false,
    verifiedDomains: context?.verifiedDomains ?? 0,
  };
}

type Counts = {
  requests: number;
  usersCreated: number;
  usersUpdated: number;
  usersSuspended: number;
  groupsChanged: number;
  errors: number;
};

async function countEffects(workspaceId: string, days: number): Promise<Counts> {
  const row = await one<Counts>(sql`
    SELECT count(*) AS requests,
      count(*) FILTER (WHERE effect IN ('user.added', 'user.invited', 'user.adopted')) AS "usersCreated",
      count(*) FILTER (WHERE effect IN ('user.updated', 'user.reactivated')) AS "usersUpdated",
      count(*) FILTER (WHERE effect IN ('user.suspended', 'user.ended')) AS "usersSuspended",
      count(*) FILTER (WHERE effect LIKE 'group.%') AS "groupsChanged",
      count(*) FILTER (WHERE status >= 400) AS errors
    FROM "ScimRequest" WHERE "workspaceId" = ${workspaceId} AND at > now() - make_interval(days => ${days})`);
  return row ?? { requests: 0, usersCreated: 0, usersUpdated: 0, usersSuspended: 0, groupsChanged: 0, errors: 0 };
}

async function lostOf(workspaceId: string) {
  const lost = await listLost(workspaceId);
  return { lost, lostTotal: await countLost(workspaceId, lost.length) };
}
