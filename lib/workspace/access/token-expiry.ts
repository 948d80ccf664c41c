import { type AccessTokenModel, all, sql } from "@/lib/db";
import { systemActor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { mailAdmins } from "@/lib/workspace/mail/outbox";
import { inWorkspace } from "@/lib/workspace/transaction";
import { endWebhooksOf } from "./givers";

/** Days before a token expires at which admins get an email. */
const stages = [1, 3, 7, 14, 30];

type Ending = Pick<AccessTokenModel, "workspaceId" | "id" | "name"> & {
  expiresAt: Date;
  days: number;
  expired: boolean;
};

/**
 * Tokens that expire soon or have expired. Skips a stage that had already passed when the token was created, and secrets that were
 * replaced: their overlap is meant to end.
 */
export function listEnding(): Promise<Ending[]> {
  return all<Ending>(sql`
    SELECT t."workspaceId", t.id, t.name, t."expiresAt", s.days, t."expiresAt" <= now() AS expired
    FROM "AccessToken" t
    LEFT JOIN LATERAL (SELECT min(days) AS days FROM unnest(${stages}::int[]) days WHERE t."expiresAt" - make_interval(days => days) <= now()) s ON true
    WHERE t."revokedAt" IS NULL AND t."replacedById" IS NULL AND t."expiresAt" < now() + make_interval(days => 30)
      AND t."expiresAt" > now() - interval '2 days' AND (t."expiresAt" <= now() OR t."createdAt" <= t."expiresAt" - make_interval(days => s.days))`);
}

type Expired = Pick<Ending, "workspaceId" | "id" | "name">;

/** However long ago they expired, and replaced secrets too: a token's webhooks end with it, even when no email is due. */
export function listExpiredWithWebhooks(): Promise<Expired[]> {
  return all<Expired>(sql`
    SELECT DISTINCT t."workspaceId", t.id, t.name FROM "Webhook" w JOIN "AccessToken" t ON t."workspaceId" = w."workspaceId" AND t.id = w."tokenId"
    WHERE w.enabled AND t."expiresAt" <= now()`);
}

export function endWebhooksOfExpired({ workspaceId, id, name }: Expired): Promise<void> {
  const reason = `The access token ${name}, which created it, has expired.`;
  return inWorkspace(workspaceId, (tx) => endWebhooksOf(tx, workspaceId, [id], reason));
}

/** Emails the admins about an expiring token, once per stage. */
export function announceEnding({ workspaceId, id, name, expiresAt, days, expired }: Ending): Promise<void> {
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
