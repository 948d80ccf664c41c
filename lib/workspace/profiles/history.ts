import { type AuditEventModel, list, type ScimRequestModel, sql } from "@/lib/db";
import { type PageQuery, pageOf } from "@/lib/workspace/page";

type Row = Pick<AuditEventModel, "id" | "at" | "actorName"> & {
  actorKind: AuditEventModel["actorKind"] | null;
  action: AuditEventModel["action"] | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  request: Pick<ScimRequestModel, "id" | "requestId" | "method" | "path" | "status" | "effect" | "detail"> | null;
};

function toView({ at, actorKind, actorName, action, before, after, ...row }: Row) {
  return {
    ...row,
    at: at.toISOString(),
    actor: { kind: actorKind, name: actorName },
    change: action === null ? null : { action, before, after },
  };
}

/**
 * What happened to a person or a team, newest first: audit events with the request that caused each, and requests that changed nothing,
 * such as those that were refused. Events that changed nothing and successful reads are left out: an identity provider makes one in every cycle.
 */
export async function listHistory(workspaceId: string, id: string, query: PageQuery) {
  const { cursor = null, limit } = query;
  const found = await list<Row>(
    workspaceId,
    sql`
    WITH events AS (
      SELECT e.id, e.at, e."actorKind", e."actorName", e.action, e.before, e.after, e."requestId" FROM "AuditEvent" e
      WHERE e."workspaceId" = ${workspaceId} AND e."targetId" = ${id}::uuid::text AND (e.before IS NULL OR e.before IS DISTINCT FROM e.after)
        AND (${cursor}::uuid IS NULL OR e.id < ${cursor}::uuid) ORDER BY e.id DESC LIMIT ${limit + 1}),
    requests AS (
      SELECT r.id, r.at, r."tokenName", r."requestId" FROM "ScimRequest" r
      WHERE r."workspaceId" = ${workspaceId} AND r."resourceId" = ${id}::uuid AND (${cursor}::uuid IS NULL OR r.id < ${cursor}::uuid) AND (r.method <> 'GET' OR r.status >= 400)
        AND NOT EXISTS (SELECT 1 FROM "AuditEvent" e WHERE e."workspaceId" = r."workspaceId" AND e."targetId" = ${id}::uuid::text AND e."requestId" = r."requestId")
      ORDER BY r.id DESC LIMIT ${limit + 1}),
    items AS (
      SELECT id, at, "actorKind", "actorName", action, before, after, "requestId" FROM events
      UNION ALL SELECT id, at, NULL, "tokenName", NULL, NULL, NULL, "requestId" FROM requests
      ORDER BY id DESC LIMIT ${limit + 1})
    SELECT i.id, i.at, i."actorKind", i."actorName", i.action, i.before, i.after,
      (SELECT json_build_object('id', r.id, 'requestId', r."requestId", 'method', r.method, 'path', r.path, 'status', r.status, 'effect', r.effect, 'detail', r.detail)
        FROM "ScimRequest" r WHERE r."workspaceId" = ${workspaceId} AND r."requestId" = i."requestId" LIMIT 1) AS request
    FROM items i ORDER BY i.id DESC`,
  );
  const { rows, nextCursor } = pageOf(found, limit);
  return { items: rows.map(toView), nextCursor };
}
