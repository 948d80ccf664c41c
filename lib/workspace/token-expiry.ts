import { all, sql } from "@/lib/db";
import { endWebhooksOf } from "./access-givers";
import { systemActor } from "./actor";
import { record } from "./audit-log";
import { mailAdmins } from "./outbox";
import { inWorkspace } from "./transaction";

/** Days before a token's end at which admins are told. */
const stages = [1, 3, 7, 14, 30];

type Ending = { workspaceId: string; id: string; name: string; expiresAt: Date; days: number; expired: boolean };

/**
 * Tells admins of tokens that end soon or have ended, once for each stage. A stage that had passed already when the token was
 * made is not told of, nor is a secret that was replaced: its overlap is meant to end. Stops between two tokens when `isStopping`.
 */
export async function tellOfTokenExpiry(isStopping = () => false): Promise<void> {
  const rows = await all<Ending>(sql`
    SELECT t."workspaceId", t.id, t.name, t."expiresAt", s.days, t."expiresAt" <= now() AS expired
    FROM "AccessToken" t
    LEFT JOIN LATERAL (SELECT min(days) AS days FROM unnest(${stages}::int[]) days WHERE t."expiresAt" - make_interval(days => days) <= now()) s ON true
    WHERE t."revokedAt" IS NULL AND t."replacedById" IS NULL AND t."expiresAt" < now() + make_interval(days => 30)
      AND t."expiresAt" > now() - interval '2 days' AND (t."expiresAt" <= now() OR t."createdAt" <= t."expiresAt" - make_interval(days => s.days))`);
  for (const row of rows) {
    if (isStopping()) return;
    await tell(row);
  }
  await endWebhooksOfExpired();
}

/** However long ago, and a replaced secret too: what a token made ends with it, also where nobody is told. */
async function endWebhooksOfExpired(): Promise<void> {
  const tokens = await all<Pick<Ending, "workspaceId" | "id" | "name">>(sql`
    SELECT DISTINCT t."workspaceId", t.id, t.name FROM "Webhook" w JOIN "AccessToken" t ON t."workspaceId" = w."workspaceId" AND t.id = w."tokenId"
    WHERE w.enabled AND t."expiresAt" <= now()`);
  for (const { workspaceId, id, name } of tokens) {
    const reason = `The access token ${name}, which created it, has expired.`;
    await inWorkspace(workspaceId, (tx) => endWebhooksOf(tx, workspaceId, [id], reason));
  }
}

function tell({ workspaceId, id, name, expiresAt, days, expired }: Ending): Promise<void> {
  return inWorkspace(workspaceId, async (tx, workspace) => {
    const data = { token: name, days: String(days), until: expiresAt.toISOString() };
    const stage = expired ? "expired" : String(days);
    await mailAdmins(tx, workspace, expired ? "token_expired" : "token_expiring", data, `${id} ${stage}`);
    if (!expired) return;
    const isNew = await tx.run(sql`
      UPDATE "AccessToken" SET "expiryNotedAt" = now() WHERE "workspaceId" = ${workspaceId} AND id = ${id} AND "expiryNotedAt" IS NULL`);
    if (isNew === 1) record(tx, systemActor(workspaceId), "access_token.expired", { kind: "access_token", id, name });
  });
}
