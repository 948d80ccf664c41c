import { run, type ScimRequestModel, sql } from "@/lib/db";
import { cutText, storable } from "@/lib/text";
import { newId } from "@/lib/workspace/id";
import { searchTextOf } from "@/lib/workspace/text";

/** A logged request from an identity provider: redacted, with its effect. */
export type LoggedRequest = Pick<
  ScimRequestModel,
  | "workspaceId"
  | "requestId"
  | "at"
  | "method"
  | "path"
  | "query"
  | "status"
  | "scimType"
  | "detail"
  | "durationMs"
  | "effect"
  | "resourceId"
  | "notes"
  | "tokenId"
  | "connectionId"
  | "agent"
  | "address"
  | "missing"
> & {
  /** The row's id, created once: writing the row again after a lost reply writes the same row. */
  id?: string;
  requestBody: string | null;
  responseBody: string | null;
};

const names = /"(userName|displayName|givenName|familyName|formatted)"\s*:\s*("(?:[^"\\]|\\.)*")/g;

/** Unquotes a JSON string from a body that may not be valid JSON. Returns it unchanged when its escapes are invalid. */
export function unquoted(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}

/** Characters of a body that are searched for names. */
const maxLooked = 4_000;

/** The names in a body, the first one of each attribute. */
function namesOf(body: string | null): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", quoted = '""'] of cutText(body ?? "", maxLooked).matchAll(names)) {
    if (!found.has(name)) found.set(name, unquoted(quoted));
  }
  return found;
}

/** The subject of a change, from the response or else the request: one name to display, and all names in searchable form. */
function namesIn({ method, requestBody, responseBody }: LoggedRequest): { subject: string | null; searchText: string } {
  if (method === "GET") return { subject: null, searchText: "" };
  const answered = namesOf(responseBody);
  const found = answered.size > 0 ? answered : namesOf(requestBody);
  const given = found.get("givenName") ?? "";
  return {
    subject: found.get("userName") ?? found.get("displayName") ?? null,
    searchText: searchTextOf([...found.values(), `${given} ${found.get("familyName") ?? ""} ${given}`]),
  };
}

/** Converts a request to its row. Throws when it can't be stored, for example with an invalid time. */
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

/** Writes a batch in one statement, with each token's last use. Rows already written are skipped. */
export async function insertScimRequests(rows: readonly ReturnType<typeof toRow>[]): Promise<void> {
  const columns = JSON.stringify(rows);
  await run(sql`
    WITH batch AS (
      SELECT r.*, t.name AS "tokenName", t.id IS NOT NULL AS "isToken"
      FROM jsonb_to_recordset(${columns}::jsonb) AS r("workspaceId" uuid, id uuid, "requestId" text, at timestamptz, method text, path text, query text, status int, "scimType" text, detail text,
        "durationMs" float8, "requestBody" text, "responseBody" text, effect text, "resourceId" uuid, subject text, "searchText" text, notes jsonb, "tokenId" uuid, "connectionId" uuid, agent text, address text, missing int)
      JOIN "Workspace" w ON w.id = r."workspaceId"
      LEFT JOIN "AccessToken" t ON t."workspaceId" = r."workspaceId" AND t.id = r."tokenId"),
    logged AS (
      INSERT INTO "ScimRequest" ("workspaceId", id, "requestId", at, method, path, query, status, "scimType", detail, "durationMs", "requestBody", "responseBody", effect, "resourceId", subject, "searchText", notes, "tokenId", "tokenName", "connectionId", agent, address, missing)
      SELECT r."workspaceId", r.id, r."requestId", r.at, r.method, r.path, r.query, r.status, r."scimType", r.detail, r."durationMs", r."requestBody", r."responseBody", r.effect, r."resourceId", r.subject, r."searchText",
             ARRAY(SELECT jsonb_array_elements_text(r.notes)), r."tokenId", r."tokenName", r."connectionId", r.agent, r.address, r.missing FROM batch r
      ON CONFLICT ("workspaceId", id) DO NOTHING)
    INSERT INTO "AccessTokenUse" ("workspaceId", "tokenId", at, address, agent)
    SELECT DISTINCT ON (r."workspaceId", r."tokenId") r."workspaceId", r."tokenId", r.at, r.address, r.agent FROM batch r
    WHERE r."isToken" AND r.status <> 401 ORDER BY r."workspaceId", r."tokenId", r.at DESC
    ON CONFLICT ("workspaceId", "tokenId") DO UPDATE SET at = excluded.at, address = excluded.address, agent = excluded.agent`);
}
