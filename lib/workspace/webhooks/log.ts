import { prisma } from "@/lib/database/pool";
import { all, one, sql, type WebhookDeliveryModel } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { wakeWebhooks } from "@/lib/workspace/audit/wake-webhooks";
import { notFound } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { inOrder, type Payload } from "./payload";
import { requireEnabled } from "./test-event";
import { allowsAll, findForChange } from "./webhooks";

type DeliveryRow = Pick<
  WebhookDeliveryModel,
  "id" | "eventId" | "event" | "state" | "attempts" | "createdAt" | "notBefore" | "deliveredAt"
> & { subject: string | null };

function deliveryView({ createdAt, notBefore, deliveredAt, ...row }: DeliveryRow) {
  return {
    ...row,
    createdAt: createdAt.toISOString(),
    nextAttemptAt: row.state === "pending" ? notBefore.toISOString() : null,
    deliveredAt: deliveredAt?.toISOString() ?? null,
  };
}

export type DeliveryQuery = { cursor?: string | undefined; limit?: number | undefined; state?: string | undefined };

/** A webhook's deliveries, newest first, and the cursor of the next page. They are kept for thirty days. */
export async function listDeliveries(workspaceId: string, webhookId: string, { cursor, limit, state }: DeliveryQuery) {
  await requireWebhook(workspaceId, webhookId);
  const size = Math.min(limit ?? 50, 200);
  const rows = await all<DeliveryRow>(sql`
    SELECT id, "eventId", event, payload->'data'->'subject'->>'name' AS subject, state, attempts, "createdAt", "notBefore", "deliveredAt" FROM "WebhookDelivery"
    WHERE "workspaceId" = ${workspaceId} AND "webhookId" = ${webhookId} AND (${cursor ?? null}::uuid IS NULL OR id < ${cursor ?? null}::uuid)
      AND (${state ?? null}::text IS NULL OR state = ${state ?? null})
    ORDER BY id DESC LIMIT ${size + 1}`);
  const page = rows.slice(0, size);
  return {
    deliveries: page.map(deliveryView),
    nextCursor: rows.length > size ? (page.at(-1)?.id ?? null) : null,
  };
}

async function requireWebhook(workspaceId: string, id: string): Promise<void> {
  const row = await one(sql`SELECT 1 FROM "Webhook" WHERE "workspaceId" = ${workspaceId} AND id = ${id}`);
  if (!row) throw notFound("webhook");
}

/** One delivery: its payload and each attempt. */
export async function findDelivery(workspaceId: string, webhookId: string, id: string) {
  const row = await one<DeliveryRow & { payload: Payload }>(sql`
    SELECT id, "eventId", event, payload->'data'->'subject'->>'name' AS subject, payload, state, attempts, "createdAt", "notBefore", "deliveredAt"
    FROM "WebhookDelivery" WHERE "workspaceId" = ${workspaceId} AND "webhookId" = ${webhookId} AND id = ${id}`);
  if (!row) throw notFound("delivery");
  const tries = await prisma().webhookAttempt.findMany({
    where: { workspaceId, deliveryId: row.id },
    select: { at: true, status: true, detail: true, durationMs: true },
    orderBy: { id: "asc" },
    take: 200,
  });
  return {
    ...deliveryView(row),
    payload: inOrder(row.payload),
    log: tries.map((t) => ({ ...t, at: t.at.toISOString() })),
  };
}

/** Sends a delivery again, now, with a full set of attempts. The message keeps its id, so that the receiver can recognise a duplicate. */
export async function sendAgain(actor: Actor, webhookId: string, id: string): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx) => {
    const webhook = await findForChange(tx, actor.workspaceId, webhookId, allowsAll);
    requireEnabled(webhook);
    const count = await tx.run(sql`
      UPDATE "WebhookDelivery" SET state = 'pending', attempts = 0, "notBefore" = now(), "deliveredAt" = NULL
      WHERE "workspaceId" = ${actor.workspaceId} AND "webhookId" = ${webhookId} AND id = ${id}`);
    if (count === 0) throw notFound("delivery");
    tx.afterCommit(wakeWebhooks);
  });
}
