import { sql } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { testEvent } from "@/lib/workspace/audit/events";
import { wakeWebhooks } from "@/lib/workspace/audit/wake-webhooks";
import { newId } from "@/lib/workspace/id";
import { refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { allowsAll, findForChange, type Row, targetOf } from "./webhooks";

export function requireEnabled({ enabled }: Pick<Row, "enabled">): void {
  if (!enabled) throw refusal("state_conflict.webhookOff");
}

/** Sends a `webhook.test` to this one webhook. */
export function sendTestEvent(actor: Actor, id: string): Promise<{ id: string }> {
  return inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const row = await findForChange(tx, workspace.id, id, allowsAll);
    requireEnabled(row);
    const deliveryId = newId();
    const data = {
      workspace: { id: workspace.id, slug: workspace.slug },
      actor: { kind: actor.kind, id: actor.id, name: actor.name },
      subject: targetOf(row),
      before: null,
      after: null,
    };
    const payload = JSON.stringify({ type: testEvent, timestamp: workspace.now.toISOString(), data });
    await tx.run(sql`
      INSERT INTO "WebhookDelivery" ("workspaceId", id, "webhookId", "eventId", event, payload)
      VALUES (${workspace.id}, ${deliveryId}, ${id}, ${newId()}, ${testEvent}, ${payload})`);
    tx.afterCommit(wakeWebhooks);
    return { id: deliveryId };
  });
}
