import { sql, type Tx } from "@/lib/db";
import type { Actor, RememberedToken } from "@/lib/workspace/actor";
import { refusal } from "@/lib/workspace/refusal";

/** The remembered state of a token is out of date and has to be read again. */
export class StaleToken extends Error {
  readonly kind = "stale-token";
}

export function isStaleToken(error: unknown): boolean {
  return (error as { kind?: string } | null)?.kind === "stale-token";
}

/**
 * Refuses a write by a token that was revoked or expired while the write waited for its turn (I11). Sent right behind the locking
 * statement, and judged by the clock rather than the transaction's start time: only then does it see changes that the lock waited for.
 * Throws StaleToken when a remembered token has changed.
 */
export async function requireLiveToken(tx: Tx, actor: Actor): Promise<void> {
  if (actor.kind !== "token") return;
  const { remembered } = actor;
  if (remembered && !remembered.isProven) return prove(tx, actor, remembered);
  const live = await tx.one(sql`
    SELECT 1 FROM "AccessToken" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${actor.id} AND "revokedAt" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > clock_timestamp())`);
  if (!live) throw refusal("token_ended.live");
}

async function prove(tx: Tx, { workspaceId, id }: Actor, remembered: RememberedToken): Promise<void> {
  const { tokenVersion, settingsVersion, until } = remembered;
  const live = await tx.one(sql`
    SELECT 1 FROM "AccessToken" t JOIN "Workspace" w ON w.id = t."workspaceId"
    WHERE t."workspaceId" = ${workspaceId} AND t.id = ${id} AND t.version = ${tokenVersion} AND w."settingsVersion" = ${settingsVersion}
      AND (t."expiresAt" IS NULL OR t."expiresAt" > clock_timestamp()) AND (${until}::timestamptz IS NULL OR ${until}::timestamptz > clock_timestamp())`);
  if (!live) throw new StaleToken();
  remembered.isProven = true;
}
