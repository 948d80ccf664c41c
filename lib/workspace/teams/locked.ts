import { inTransaction } from "@/lib/database/transaction";
import type { Role, Tx } from "@/lib/db";
import { requireLiveToken } from "@/lib/workspace/access/live-token";
import type { Actor } from "@/lib/workspace/actor";
import { type Context, inContext } from "@/lib/workspace/members/context";
import { requireOwn } from "@/lib/workspace/membership/managed";
import { findTeamRole, lockTeam, type Team } from "./team";

/** A locked team, with the role it gives and the transaction's time. */
export type LockedTeam = Team & { role: Role | null; now: Date };

/** `context` is null unless the team gives a role. */
export type TeamWork<Ahead, Result> = (
  tx: Tx,
  team: LockedTeam,
  ahead: Ahead,
  context: Context | null,
) => Promise<Result>;

/** The team gives a role, so it has to be changed under the workspace's lock. */
class IsMapped extends Error {}

/**
 * Runs `work` with the team's row locked; statements from `start` are sent right behind the lock. If the team gives a role, the workspace
 * must be locked first, because roles are decided under that lock. Only reading the team shows whether it gives one, so that work is rolled
 * back and starts over.
 */
export async function withTeam<Ahead, Result>(
  actor: Actor,
  teamId: string,
  start: (tx: Tx) => Ahead,
  work: TeamWork<Ahead, Result>,
): Promise<Result> {
  const run = async (tx: Tx, context: Context | null) => {
    const locked = lockOwn(tx, actor, teamId);
    const ahead = start(tx);
    const team = await locked;
    if (team.role !== null && context === null) throw new IsMapped();
    // The mapping may be gone since the first try. Then joining the team gives no role, and leaving it takes none.
    return work(tx, team, ahead, team.role === null ? null : context);
  };
  try {
    return await inTransaction(teamId, (tx) => run(tx, null), true, actor.workspaceId);
  } catch (error) {
    if (!(error instanceof IsMapped)) throw error;
  }
  return inContext(actor, (context) => run(context.tx, context));
}

async function lockOwn(tx: Tx, actor: Actor, teamId: string): Promise<LockedTeam> {
  const locked = Promise.all([
    lockTeam(tx, actor.workspaceId, teamId),
    findTeamRole(tx, actor.workspaceId, teamId), // a statement of its own: it must see what the lock has waited for
    requireLiveToken(tx, actor),
  ]);
  const [team, role] = await locked;
  return { ...(await requireOwn(tx, actor, team, "group")), role };
}
