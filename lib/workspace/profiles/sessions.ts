import { all, one, type SessionModel, sql, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { isVerifiedDomain } from "@/lib/workspace/claims/verified";
import { findMembership } from "@/lib/workspace/membership/row";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";

/**
 * The account of a person, if this workspace may see and end its sessions, which is where suspending the person would end them: it has
 * verified the domain of the login address, or the account is active in no other workspace. Otherwise they concern the owner alone.
 */
function findSessionHolder(from: Pick<Tx, "one">, workspaceId: string, id: string) {
  return from.one<{ userId: string; name: string }>(sql`
    SELECT m."userId", coalesce(m.address, m."userName") AS name FROM "Membership" m
    WHERE m."workspaceId" = ${workspaceId} AND m.id = ${id} AND m.state = 'active' AND m."userId" IS NOT NULL AND (
      EXISTS (SELECT 1 FROM "Domain" d WHERE d."workspaceId" = m."workspaceId" AND d.name = split_part(m."addressKey", '@', -1) AND ${isVerifiedDomain})
      OR NOT EXISTS (SELECT 1 FROM "Membership" o WHERE o."userId" = m."userId" AND o."workspaceId" <> m."workspaceId" AND o.state = 'active'))`);
}

type OpenSession = Pick<SessionModel, "id" | "agent" | "address" | "createdAt" | "lastSeenAt">;

/** A person's open sessions; null if they don't concern this workspace. */
export async function listSessions(workspaceId: string, id: string) {
  const holder = await findSessionHolder({ one }, workspaceId, id);
  if (!holder) return null;
  const sessions = await all<OpenSession>(
    sql`SELECT id, agent, address, "createdAt", "lastSeenAt" FROM "Session" WHERE "userId" = ${holder.userId} AND expires > now() ORDER BY "lastSeenAt" DESC`,
  );
  return sessions.map((session) => ({
    ...session,
    createdAt: session.createdAt.toISOString(),
    lastSeenAt: session.lastSeenAt.toISOString(),
  }));
}

/** Signs a person out: of one session, or of all of them. */
export async function endMemberSessions(actor: Actor, id: string, sessionId: string | null): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx) => {
    if (!(await findMembership(tx, actor.workspaceId, id))) throw notFound("member");
    const holder = await findSessionHolder(tx, actor.workspaceId, id);
    if (!holder) throw refusal("state_conflict.sessionsElsewhere");
    const ended = await tx.run(
      sql`DELETE FROM "Session" WHERE "userId" = ${holder.userId} AND expires > now() AND (${sessionId}::uuid IS NULL OR id = ${sessionId}::uuid)`,
    );
    if (ended === 0) return;
    const target = { kind: "membership" as const, id, name: holder.name };
    record(tx, actor, "membership.sessions_ended", target, { after: { sessions: ended } });
  });
}
