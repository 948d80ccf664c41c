import { inTransaction } from "@/lib/database/transaction";
import { one, run, sql, type Tx, type WebhookDeliveryModel, type WebhookModel, type WorkspaceModel } from "@/lib/db";
import { systemActor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { mailAdmins } from "@/lib/workspace/mail/outbox";
import { unseal } from "@/lib/workspace/seal";
import type { Payload } from "./payload";

// Deliveries under way: taken, attempted, finished. Admins' changes of webhooks are in webhooks.ts.

/** Seconds between attempts, from the schedule of Standard Webhooks; after the last one the delivery has failed. */
export const pauses = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;

/** Days of nothing but failures after which a webhook is turned off. */
const maxFailingDays = 5;

/** Seconds that an attempt may take before another worker assumes that this one is dead. */
const leaseSeconds = 60;

export type Delivery = Pick<
  WebhookDeliveryModel,
  "workspaceId" | "id" | "webhookId" | "eventId" | "event" | "attempts"
> &
  Pick<WebhookModel, "url" | "sealedSecret"> & {
    payload: Payload;
    /** The previous secret, while a rotation overlaps. */
    previousSecret: string | null;
  };

/** The secrets to sign a delivery with. */
export function signingSecrets({ webhookId, sealedSecret, previousSecret }: Delivery): string[] {
  const sealed = previousSecret === null ? [sealedSecret] : [sealedSecret, previousSecret];
  return sealed.map((text) => unseal(text, "webhook", webhookId));
}

/** Skipped for now: workspaces with enough deliveries under way, and webhooks with enough under way or resting. */
export type Busy = { workspaces: readonly string[]; webhooks: readonly string[] };

/** Leases the oldest due delivery of the next workspace after `after` in turn. */
function takeAfter(after: string, { workspaces, webhooks }: Busy): Promise<Delivery | null> {
  return one<Delivery>(sql`
    UPDATE "WebhookDelivery" d SET attempts = d.attempts + 1, "notBefore" = now() + make_interval(secs => ${leaseSeconds}) FROM "Webhook" w
    WHERE (d."workspaceId", d.id) = (
        SELECT q."workspaceId", q.id FROM "WebhookDelivery" q JOIN "Webhook" v ON v."workspaceId" = q."workspaceId" AND v.id = q."webhookId" AND v.enabled
        WHERE q.state = 'pending' AND q."notBefore" <= now() AND q."workspaceId" > ${after}::uuid
          AND q."workspaceId" <> ALL(${workspaces}::uuid[]) AND q."webhookId" <> ALL(${webhooks}::uuid[])
        ORDER BY q."workspaceId", q."notBefore" LIMIT 1 FOR UPDATE OF q SKIP LOCKED)
      AND w."workspaceId" = d."workspaceId" AND w.id = d."webhookId"
    RETURNING d."workspaceId", d.id, d."webhookId", d."eventId", d.event, d.payload, d.attempts, w.url, w."sealedSecret",
      CASE WHEN w."previousUntil" > now() THEN w."previousSecret" END AS "previousSecret"`);
}

const first = "00000000-0000-0000-0000-000000000000";
/** The last workspace served in this process. */
let lastTurn = first;

/**
 * Takes the next due delivery, workspaces in turn, so that one with thousands doesn't keep the others waiting. Delivery is at least once:
 * when a worker dies, another sends again after the lease.
 */
export async function takeDelivery(busy: Busy = { workspaces: [], webhooks: [] }): Promise<Delivery | null> {
  const taken = (await takeAfter(lastTurn, busy)) ?? (await takeAfter(first, busy));
  if (taken) lastTurn = taken.workspaceId;
  return taken;
}

/** Seconds until the next waiting delivery is due, or null. Deliveries already due are ignored, because they are being handled. */
export async function nextDeliveryIn(): Promise<number | null> {
  const row = await one<{ seconds: number | null }>(sql`
    SELECT extract(epoch FROM min(d."notBefore") - now())::float8 AS seconds FROM "WebhookDelivery" d
    JOIN "Webhook" w ON w."workspaceId" = d."workspaceId" AND w.id = d."webhookId" AND w.enabled WHERE d.state = 'pending' AND d."notBefore" > now()`);
  return row?.seconds ?? null;
}

/** The result of an attempt: the response's status (null without a response), its text, and how long it took. */
export type Try = { status: number | null; detail: string | null; durationMs: number };

/** Records an attempt and its outcome: delivered, retried later or failed for good. 410 Gone also turns the webhook off. */
export async function finishTry(delivery: Delivery, tried: Try): Promise<void> {
  const { status } = tried;
  const isDelivered = status !== null && status >= 200 && status < 300;
  const pause = status === 410 ? undefined : pauses[delivery.attempts - 1];
  const state = isDelivered ? "delivered" : pause === undefined ? "failed" : "pending";
  await inTransaction(delivery.id, async (tx) => {
    await tx.run(sql`
      INSERT INTO "WebhookAttempt" ("workspaceId", id, "deliveryId", status, detail, "durationMs")
      SELECT d."workspaceId", ${newId()}, d.id, ${status}, ${tried.detail}, ${tried.durationMs} FROM "WebhookDelivery" d
      WHERE d."workspaceId" = ${delivery.workspaceId} AND d.id = ${delivery.id} FOR KEY SHARE`);
    // If someone sent it again by hand in the meantime, it stays pending, whatever the result of this attempt.
    await tx.run(sql`
      UPDATE "WebhookDelivery" SET state = ${state}, "deliveredAt" = CASE WHEN ${isDelivered} THEN now() END,
        "notBefore" = now() + make_interval(secs => ${pause ?? 0}::float8 * (1 + random() / 5))
      WHERE "workspaceId" = ${delivery.workspaceId} AND id = ${delivery.id} AND state = 'pending' AND attempts = ${delivery.attempts}`);
    if (status === 410) await disable(tx, delivery, "It answered 410 Gone: nobody listens there any more.");
    else if (state === "failed" && (await failsForDays(tx, delivery))) {
      await disable(tx, delivery, `Nothing was delivered for ${maxFailingDays} days.`);
    }
  });
}

/** Ends a delivery when not even an attempt can be recorded. */
export async function failDelivery({ workspaceId, id }: Delivery): Promise<void> {
  await run(
    sql`UPDATE "WebhookDelivery" SET state = 'failed' WHERE "workspaceId" = ${workspaceId} AND id = ${id} AND state = 'pending'`,
  );
}

/** Whether attempts have failed for days, without a success and without a change of the webhook since. */
async function failsForDays(tx: Tx, { workspaceId, webhookId }: Delivery): Promise<boolean> {
  const row = await tx.one(sql`
    SELECT 1 FROM "Webhook" w JOIN "WebhookDelivery" d ON d."workspaceId" = w."workspaceId" AND d."webhookId" = w.id
    JOIN "WebhookAttempt" a ON a."workspaceId" = d."workspaceId" AND a."deliveryId" = d.id
    WHERE w."workspaceId" = ${workspaceId} AND w.id = ${webhookId} AND a.at < now() - make_interval(days => ${maxFailingDays}) AND a.at > w."updatedAt"
      AND a.at > coalesce((SELECT max("deliveredAt") FROM "WebhookDelivery" g WHERE g."workspaceId" = w."workspaceId" AND g."webhookId" = w.id), '-infinity')
    LIMIT 1`);
  return row !== null;
}

async function disable(tx: Tx, { workspaceId, webhookId }: Delivery, reason: string): Promise<void> {
  const row = await tx.one<Pick<WebhookModel, "url" | "description">>(sql`
    UPDATE "Webhook" SET enabled = false, "disabledReason" = ${reason} WHERE "workspaceId" = ${workspaceId} AND id = ${webhookId} AND enabled RETURNING url, description`);
  if (!row) return;
  const target = { kind: "webhook" as const, id: webhookId, name: row.description || row.url };
  record(tx, systemActor(workspaceId), "webhook.disabled", target, { after: { reason } });
  const workspace = await tx.one<Pick<WorkspaceModel, "id" | "name" | "slug">>(
    sql`SELECT id, name, slug FROM "Workspace" WHERE id = ${workspaceId}`,
  );
  if (workspace) await mailAdmins(tx, workspace, "webhook_disabled", { webhook: target.name, reason }, newId());
}
