import { type AuditEventModel, list, sql } from "@/lib/db";

export type AuditEventQuery = {
  action?: string | undefined;
  /** The id of the action's target. */
  target?: string | undefined;
  actor?: string | undefined;
  /** ISO times; `from` is inclusive, `to` exclusive. */
  from?: string | undefined;
  to?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

type Row = Pick<
  AuditEventModel,
  | "id"
  | "at"
  | "action"
  | "actorKind"
  | "actorId"
  | "actorName"
  | "targetKind"
  | "targetId"
  | "targetName"
  | "requestId"
> & { before: Record<string, unknown> | null; after: Record<string, unknown> | null };

function toView(row: Row) {
  return {
    id: row.id,
    at: row.at.toISOString(),
    action: row.action,
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    target: { kind: row.targetKind, id: row.targetId, name: row.targetName },
    before: row.before,
    after: row.after,
    requestId: row.requestId,
  };
}

/** Audit events, newest first, and the cursor of the next page. */
export async function listAuditEvents(workspaceId: string, query: AuditEventQuery) {
  const { action = null, target = null, actor = null, from = null, to = null, cursor = null, limit } = query;
  const found = await list<Row>(
    workspaceId,
    sql`
    SELECT id, at, action, "actorKind", "actorId", "actorName", "targetKind", "targetId", "targetName", before, after, "requestId" FROM "AuditEvent"
    WHERE "workspaceId" = ${workspaceId} AND (${cursor}::uuid IS NULL OR id < ${cursor}::uuid)
      AND (${action}::text IS NULL OR action = ${action}) AND (${target}::text IS NULL OR "targetId" = ${target}) AND (${actor}::text IS NULL OR "actorId" = ${actor})
      AND (${from}::timestamptz IS NULL OR at >= ${from}::timestamptz) AND (${to}::timestamptz IS NULL OR at < ${to}::timestamptz)
    ORDER BY id DESC LIMIT ${limit + 1}`,
  );
  const page = found.slice(0, limit);
  return { events: page.map(toView), nextCursor: found.length > limit ? (page.at(-1)?.id ?? null) : null };
}
