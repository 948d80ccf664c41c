import { sql, type Tx } from "@/lib/db";
import type { Actor } from "./actor";
import { newId } from "./id";

export type Target = {
  kind: "membership" | "team" | "domain" | "access_token" | "connection" | "workspace" | "invite";
  id: string;
  name?: string | null;
};

/** Writes an audit event in the transaction of the change it tells of (I7). */
export function record(
  tx: Tx,
  actor: Actor,
  action: string,
  target: Target,
  change: { before?: object; after?: object } = {},
): void {
  tx.send(sql`
    INSERT INTO "AuditEvent" ("workspaceId", id, "actorKind", "actorId", "actorName", action, "targetKind", "targetId", "targetName", before, after, "requestId")
    VALUES (${actor.workspaceId}, ${newId()}, ${actor.kind}, ${actor.id}, ${actor.name}, ${action}, ${target.kind}, ${target.id},
            ${target.name ?? null}, ${toJson(change.before)}, ${toJson(change.after)}, ${actor.requestId ?? null})`);
}

function toJson(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
