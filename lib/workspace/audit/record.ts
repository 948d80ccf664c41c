import { type Statement, sql, type Tx } from "@/lib/db";
import { storableJson } from "@/lib/text";
import type { Actor } from "@/lib/workspace/actor";
import { newId } from "@/lib/workspace/id";
import { eventOf } from "./events";
import { wakeWebhooks } from "./wake-webhooks";

export type Target = {
  kind:
    | "membership"
    | "team"
    | "hold"
    | "domain"
    | "access_token"
    | "oauth_client"
    | "connection"
    | "workspace"
    | "webhook"
    | "invite";
  id: string;
  name?: string | null;
};

type Change = { before?: object; after?: object };

/**
 * Writes an audit event in the transaction of the change it records (I7). The same statement creates a delivery for each subscribed
 * webhook.
 */
export function record(tx: Tx, actor: Actor, action: string, target: Target, change: Change = {}): void {
  const event = eventOf(action);
  if (event === null) tx.send(insertion(actor, action, target, change));
  else
    tx.send(insertionFor(event, actor, action, target, change), (deliveries) => {
      if (deliveries > 0) tx.afterCommit(wakeWebhooks);
    });
}

function insertion(actor: Actor, action: string, target: Target, change: Change): Statement {
  return sql`
    INSERT INTO "AuditEvent" ("workspaceId", id, "actorKind", "actorId", "actorName", action, "targetKind", "targetId", "targetName", before, after, "requestId")
    VALUES (${actor.workspaceId}, ${newId()}, ${actor.kind}, ${actor.id}, ${actor.name}, ${action}, ${target.kind}, ${target.id},
            ${target.name ?? null}, ${toJson(change.before)}, ${toJson(change.after)}, ${actor.requestId ?? null})`;
}

/** A delivery's id is its event's id with a different ending, numbered in the order of the webhooks. */
function insertionFor(event: string, actor: Actor, action: string, target: Target, change: Change): Statement {
  return sql`
    WITH event AS (
      INSERT INTO "AuditEvent" ("workspaceId", id, "actorKind", "actorId", "actorName", action, "targetKind", "targetId", "targetName", before, after, "requestId")
      VALUES (${actor.workspaceId}, ${newId()}, ${actor.kind}, ${actor.id}, ${actor.name}, ${action}, ${target.kind}, ${target.id},
              ${target.name ?? null}, ${toJson(change.before)}, ${toJson(change.after)}, ${actor.requestId ?? null})
      RETURNING *)
    INSERT INTO "WebhookDelivery" ("workspaceId", id, "webhookId", "eventId", event, payload)
    SELECT e."workspaceId", overlay(e.id::text PLACING right(gen_random_uuid()::text, 12) FROM 25)::uuid, w.id, e.id, ${event}, jsonb_build_object(
      'type', ${event}::text, 'timestamp', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'data', jsonb_build_object(
        'workspace', jsonb_build_object('id', s.id, 'slug', s.slug),
        'actor', jsonb_build_object('kind', e."actorKind", 'id', e."actorId", 'name', e."actorName"),
        'subject', jsonb_build_object('kind', e."targetKind", 'id', e."targetId", 'name', e."targetName"),
        'before', e.before, 'after', e.after))
    FROM event e JOIN "Webhook" w ON w."workspaceId" = e."workspaceId" AND w.enabled AND (w.events = '{}' OR ${event} = ANY(w.events))
    JOIN "Workspace" s ON s.id = e."workspaceId"`;
}

function toJson(value: object | undefined): string | null {
  return value === undefined ? null : storableJson(value);
}
