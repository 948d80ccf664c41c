import { sql, type Tx } from "@/lib/db";
import type { Actor } from "./actor";
import { Refusal } from "./refusal";

/**
 * Refuses a write of a token that was revoked or has expired while the write waited for its turn (I11). It is sent right
 * behind the statement that locks: only then does it see what the lock has waited for.
 */
export async function requireLiveToken(tx: Tx, actor: Actor): Promise<void> {
  if (actor.kind !== "token") return;
  const live = await tx.one(sql`
    SELECT 1 FROM "AccessToken" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${actor.id} AND "revokedAt" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > now())`);
  if (!live) throw new Refusal("token_ended", "The access token was revoked or has expired. Nothing was changed.");
}
