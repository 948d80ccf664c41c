import { randomBytes } from "node:crypto";
import { all, sql, type Tx, type WebhookModel } from "@/lib/db";
import { typedName } from "@/lib/name";
import { announceAccess } from "@/lib/workspace/access/givers";
import type { Actor } from "@/lib/workspace/actor";
import { eventTypes } from "@/lib/workspace/audit/events";
import { record } from "@/lib/workspace/audit/record";
import { wakeWebhooks } from "@/lib/workspace/audit/wake-webhooks";
import { newId } from "@/lib/workspace/id";
import { whyNotOutside } from "@/lib/workspace/outside-address";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { seal } from "@/lib/workspace/seal";
import { inWorkspace } from "@/lib/workspace/transaction";

/** Maximum number of webhooks per workspace: each event is written once per webhook. */
const maxWebhooks = 20;

export type Row = Pick<
  WebhookModel,
  "id" | "url" | "description" | "events" | "enabled" | "disabledReason" | "createdAt" | "updatedAt"
> & { previousUntil: Date | null };

/** `retrying` counts the pending deliveries that have failed before. */
type Counts = { delivered: number; pending: number; retrying: number; failed: number; lastDeliveredAt: Date | null };

function toView({ previousUntil, createdAt, updatedAt, lastDeliveredAt, ...row }: Row & Counts) {
  const { delivered, pending, retrying, failed, ...webhook } = row;
  return {
    ...webhook,
    /** Until this time the secret from before the last rotation also signs. */
    oldSecretUntil: previousUntil?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    deliveries: { delivered, pending, retrying, failed, lastDeliveredAt: lastDeliveredAt?.toISOString() ?? null },
  };
}

/** The webhooks of a workspace, or the one with this id, oldest first, with counts of their deliveries in the last thirty days. */
function readWebhooks(workspaceId: string, id: string | null): Promise<(Row & Counts)[]> {
  return all<Row & Counts>(sql`
    SELECT w.id, w.url, w.description, w.events, w.enabled, w."disabledReason", w."createdAt", w."updatedAt",
      CASE WHEN w."previousUntil" > now() THEN w."previousUntil" END AS "previousUntil",
      coalesce(c.delivered, 0) AS delivered, coalesce(c.pending, 0) AS pending, coalesce(c.retrying, 0) AS retrying, coalesce(c.failed, 0) AS failed, c."lastDeliveredAt"
    FROM "Webhook" w LEFT JOIN (
      SELECT "webhookId", count(*) FILTER (WHERE state = 'delivered') AS delivered, count(*) FILTER (WHERE state = 'pending') AS pending,
        count(*) FILTER (WHERE state = 'pending' AND EXISTS (
          SELECT 1 FROM "WebhookAttempt" a WHERE a."workspaceId" = d."workspaceId" AND a."deliveryId" = d.id)) AS retrying,
        count(*) FILTER (WHERE state = 'failed') AS failed, max("deliveredAt") AS "lastDeliveredAt"
      FROM "WebhookDelivery" d WHERE "workspaceId" = ${workspaceId} AND (${id}::text IS NULL OR "webhookId"::text = ${id}) GROUP BY 1) c ON c."webhookId" = w.id
    WHERE w."workspaceId" = ${workspaceId} AND (${id}::text IS NULL OR w.id::text = ${id}) ORDER BY w.id`);
}

/** The webhooks of a workspace, oldest first, with counts of their deliveries in the last thirty days. */
export async function listWebhooks(workspaceId: string) {
  return (await readWebhooks(workspaceId, null)).map(toView);
}

export async function findWebhook(workspaceId: string, id: string) {
  const [row] = await readWebhooks(workspaceId, id);
  if (!row) throw notFound("webhook");
  return toView(row);
}

export type WebhookInput = { url: string; description: string; events: string[] };

/** Throws when the caller may not receive these events. A token can't receive events about data it may not read. */
export type EventCheck = (events: readonly string[]) => void;

export const allowsAll: EventCheck = () => {};

function parseInput({ url, description, events }: WebhookInput): WebhookInput {
  const typed = url.trim();
  const why = whyNotOutside(typed);
  if (why !== null) throw refusal("url_refused.why", { why });
  const unknown = events.find((type) => !eventTypes.includes(type));
  if (unknown !== undefined) {
    throw refusal("event_not_known.unknown", { event: JSON.stringify(unknown), known: eventTypes.join(", ") });
  }
  const chosen = eventTypes.filter((type) => events.includes(type));
  return { url: new URL(typed).href, description: typedName(description, "webhook"), events: chosen };
}

/** `whsec_` and the base64 key, as Standard Webhooks writes it. */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

export const targetOf = ({ id, url, description }: Pick<Row, "id" | "url" | "description">) => ({
  kind: "webhook" as const,
  id,
  name: description || url,
});

/** Creates a webhook. The secret is only in this return value. */
export async function createWebhook(actor: Actor, input: WebhookInput, checkEvents = allowsAll) {
  const parsed = parseInput(input);
  checkEvents(parsed.events);
  const id = newId();
  const secret = newSigningSecret();
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const there = await tx.one<{ count: number }>(
      sql`SELECT count(*) AS count FROM "Webhook" WHERE "workspaceId" = ${actor.workspaceId}`,
    );
    if ((there?.count ?? 0) >= maxWebhooks) {
      throw refusal("too_many_webhooks.limit", { limit: String(maxWebhooks) });
    }
    await tx.run(sql`
      INSERT INTO "Webhook" ("workspaceId", id, url, description, events, "sealedSecret", "tokenId", "issuedKeys", "creatorId", "creatorName")
      VALUES (${actor.workspaceId}, ${id}, ${parsed.url}, ${parsed.description}, ${parsed.events}, ${seal(secret, "webhook", id)},
              ${idOf(actor, "token")}, ${actor.issuedKeys ?? []}, ${idOf(actor, "member")}, ${actor.name})`);
    const target = targetOf({ id, ...parsed });
    record(tx, actor, "webhook.created", target, { after: parsed });
    await announceAccess(tx, actor, workspace, target);
  });
  return { webhook: await findWebhook(actor.workspaceId, id), secret };
}

function idOf(actor: Actor, kind: Actor["kind"]): string | null {
  return actor.kind === kind ? actor.id : null;
}

type Changeable = Pick<Row, "id" | "url" | "description" | "events" | "enabled" | "disabledReason">;

/** A webhook with its row locked for a change. */
export async function findForChange(
  tx: Tx,
  workspaceId: string,
  id: string,
  checkEvents: EventCheck,
): Promise<Changeable> {
  const row = await tx.one<Changeable>(
    sql`SELECT id, url, description, events, enabled, "disabledReason" FROM "Webhook" WHERE "workspaceId" = ${workspaceId} AND id = ${id} FOR UPDATE`,
  );
  if (!row) throw notFound("webhook");
  checkEvents(row.events);
  return row;
}

/** Whether the change sends to another URL or adds events. */
function sendsMore(before: WebhookInput, next: WebhookInput): boolean {
  return next.url !== before.url || next.events.some((event) => !before.events.includes(event));
}

/** undefined: unchanged. */
export type WebhookPatch = { [Name in keyof WebhookInput]?: WebhookInput[Name] | undefined } & {
  enabled?: boolean | undefined;
};

/** Changes a webhook; omitted fields stay. Turning it back on sends the deliveries that waited. */
export async function updateWebhook(actor: Actor, id: string, patch: WebhookPatch, checkEvents = allowsAll) {
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const { enabled: wasEnabled, disabledReason, ...row } = await findForChange(tx, actor.workspaceId, id, checkEvents);
    const before = { url: row.url, description: row.description, events: row.events };
    const changes = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    const next = parseInput({ ...before, ...changes });
    checkEvents(next.events);
    const enabled = patch.enabled ?? wasEnabled;
    const isMore = sendsMore(before, next);
    // Whoever turns a webhook on becomes its creator, and so does a token that changes its URL or adds events.
    const isTaken = enabled && (!wasEnabled || (isMore && actor.kind === "token"));
    await tx.run(sql`
      UPDATE "Webhook" SET url = ${next.url}, description = ${next.description}, events = ${next.events}, enabled = ${enabled},
        "disabledReason" = ${enabled ? null : disabledReason}, "updatedAt" = now(),
        "tokenId" = CASE WHEN ${isTaken} THEN ${idOf(actor, "token")}::uuid ELSE "tokenId" END, "issuedKeys" = CASE WHEN ${isTaken} THEN ${actor.issuedKeys ?? []}::text[] ELSE "issuedKeys" END, "creatorId" = CASE WHEN ${isTaken} THEN ${idOf(actor, "member")}::uuid ELSE "creatorId" END,
        "creatorName" = CASE WHEN ${isTaken} THEN ${actor.name} ELSE "creatorName" END WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id}`);
    const change = { before: { ...before, enabled: wasEnabled }, after: { ...next, enabled } };
    record(tx, actor, "webhook.updated", targetOf({ id, ...next }), change);
    if (isMore) await announceAccess(tx, actor, workspace, targetOf({ id, ...next }), newId());
    if (enabled && !wasEnabled) tx.afterCommit(wakeWebhooks);
  });
  return findWebhook(actor.workspaceId, id);
}

/** Deletes a webhook with its deliveries; waiting ones are no longer sent. */
export function deleteWebhook(actor: Actor, id: string, checkEvents = allowsAll): Promise<void> {
  return inWorkspace(actor.workspaceId, async (tx) => {
    const row = await findForChange(tx, actor.workspaceId, id, checkEvents);
    await tx.run(sql`DELETE FROM "Webhook" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id}`);
    const before = { url: row.url, description: row.description, events: row.events };
    record(tx, actor, "webhook.deleted", targetOf(row), { before });
  });
}
