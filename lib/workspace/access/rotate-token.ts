import { sql } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { inWorkspace } from "@/lib/workspace/transaction";
import { findLive, findView, insertToken } from "./tokens";

const overlaps = { "1h": 3_600, "24h": 86_400, "7d": 604_800, "none-set": null };

export type Overlap = keyof typeof overlaps;

/** Seconds that an old secret keeps working; null means until it is revoked. */
export function overlapSeconds(overlap: Overlap): number | null {
  return overlaps[overlap];
}

/**
 * Creates a new secret with the same name and scopes. The old one works until the overlap ends or it is revoked. When `expiresAt` is left
 * out the new one keeps the old expiry; null means it never expires.
 */
export async function rotateAccessToken(actor: Actor, id: string, overlap: Overlap, expiresAt?: string | null) {
  const made = await inWorkspace(actor.workspaceId, async (tx) => {
    const old = await findLive(tx, actor.workspaceId, id);
    const end = expiresAt === undefined ? (old.expiresAt?.toISOString() ?? null) : expiresAt;
    const next = await insertToken(tx, actor, { ...old, expiresAt: end });
    const seconds = overlapSeconds(overlap);
    await tx.run(sql`
      UPDATE "AccessToken" SET "replacedById" = ${next.id}, "expiresAt" = least("expiresAt", now() + make_interval(secs => ${seconds}))
      WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id}`);
    tx.send(
      sql`UPDATE "Webhook" SET "tokenId" = ${next.id} WHERE "workspaceId" = ${actor.workspaceId} AND "tokenId" = ${id}`,
    );
    const after = { overlap, expiresAt: end };
    record(tx, actor, "access_token.rotated", { kind: "access_token", id, name: old.name }, { after });
    return next;
  });
  return { token: await findView(actor.workspaceId, made.id), secret: made.secret };
}
