import { sql } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { type Refusal, refusal } from "@/lib/workspace/refusal";
import { seal } from "@/lib/workspace/seal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { allowsAll, findForChange, findWebhook, newSigningSecret, targetOf } from "./webhooks";

const overlaps = { now: 0, "1h": 3_600, "24h": 86_400, "7d": 604_800 };

export type SecretOverlap = keyof typeof overlaps;

/**
 * Creates a new secret. Until the overlap ends both secrets sign, so that a receiver can switch at its own time. While an earlier overlap
 * runs, only a rotation without overlap is allowed: any other would silently drop the old secret.
 */
export async function rotateWebhookSecret(actor: Actor, id: string, overlap: SecretOverlap, checkEvents = allowsAll) {
  const secret = newSigningSecret();
  const seconds = overlaps[overlap];
  await inWorkspace(actor.workspaceId, async (tx) => {
    const row = await findForChange(tx, actor.workspaceId, id, checkEvents);
    const running = await tx.one<{ until: Date }>(
      sql`SELECT "previousUntil" AS until FROM "Webhook" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id} AND "previousUntil" > now()`,
    );
    if (running && seconds > 0) throw stillSigning(running.until);
    await tx.run(sql`
      UPDATE "Webhook" SET "previousSecret" = CASE WHEN ${seconds} > 0 THEN "sealedSecret" END, "previousUntil" = CASE WHEN ${seconds} > 0 THEN now() + make_interval(secs => ${seconds}) END,
        "sealedSecret" = ${seal(secret, "webhook", id)}, "updatedAt" = now() WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id}`);
    record(tx, actor, "webhook.rotated", targetOf(row), { after: { overlap } });
  });
  return { webhook: await findWebhook(actor.workspaceId, id), secret };
}

function stillSigning(until: Date): Refusal {
  return refusal("state_conflict.stillSigning", { until: until.toISOString().slice(0, 16).replace("T", " ") });
}
