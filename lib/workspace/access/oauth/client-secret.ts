import { sql } from "@/lib/db";
import { type Overlap, overlapSeconds } from "@/lib/workspace/access/rotate-token";
import { hashToken, newToken } from "@/lib/workspace/access/token-format";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { isPublicClient, kindOf } from "./client-rules";
import { findLive, findView, hasSecret, targetOf } from "./clients";

/** Creates a new secret for the same client id. The old secret works until the overlap ends; issued tokens keep working. */
export async function rotateOAuthClient(actor: Actor, id: string, overlap: Overlap) {
  const secret = await inWorkspace(actor.workspaceId, async (tx) => {
    const live = await findLive(tx, actor.workspaceId, id);
    if (!hasSecret(kindOf(live), isPublicClient(live))) throw refusal("state_conflict.noSecret");
    const { token } = newToken(live.publicId);
    await tx.run(sql`
      INSERT INTO "AccessToken" ("workspaceId", id, kind, "publicId", "secretHash", last4, name, scopes, "connectionId", "creatorId", "creatorName", "createdAt", "expiresAt", "replacedById")
      SELECT "workspaceId", ${newId()}, kind, ${newToken().publicId}, "secretHash", last4, name, scopes, "connectionId", "creatorId", "creatorName", "createdAt",
             now() + make_interval(secs => ${overlapSeconds(overlap)}), id
      FROM "AccessToken" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id}`);
    await tx.run(sql`
      UPDATE "AccessToken" SET "secretHash" = ${hashToken(token)}, last4 = ${token.slice(-4)} WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id}`);
    record(tx, actor, "oauth_client.rotated", targetOf(id, live.name), { after: { overlap } });
    return token;
  });
  return { client: await findView(actor.workspaceId, id), secret };
}

/** Revokes a client's old secrets before their overlap ends. */
export async function revokeOldSecrets(actor: Actor, id: string) {
  await inWorkspace(actor.workspaceId, async (tx) => {
    const live = await findLive(tx, actor.workspaceId, id);
    await tx.run(sql`
      UPDATE "AccessToken" SET "revokedAt" = clock_timestamp() WHERE "workspaceId" = ${actor.workspaceId} AND "replacedById" = ${id} AND kind = 'client' AND "revokedAt" IS NULL`);
    record(tx, actor, "oauth_client.old_secrets_revoked", targetOf(id, live.name));
  });
  return findView(actor.workspaceId, id);
}
