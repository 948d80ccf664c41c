import { inTransaction } from "@/lib/database/transaction";
import type { Tx } from "@/lib/db";
import { requireLiveToken } from "@/lib/workspace/access/live-token";
import type { Actor } from "@/lib/workspace/actor";
import { type Context, inContext } from "@/lib/workspace/members/context";
import { requireOwn } from "@/lib/workspace/membership/managed";
import type { Role } from "@/lib/workspace/membership/rules";
import { findTeamRole, lockTeam, type Team } from "./team";

/** A team as it is locked, with the role that being in it gives, and the time of the transaction. */
export type LockedTeam = Team & { role: Role | null; now: Date };

/** `situation` only where being in the team gives a role. */
export type TeamWork<Ahead, Result> = (
  tx: Tx,
  team: LockedTeam,
  ahead: Ahead,
  context: Context | null,
) => Promise<Result>;

/** Being in this team gives a role: it has to be changed under the workspace's lock. */
class IsMapped extends Error {}

/**
 * Work on a team's locked row; what `start` sends follows the lock at once. Where being in the team gives a role, the workspace is
 * locked as well, and before it: roles are decided under that lock. Whether it does is known only by reading it, so such work
 * is undone and starts over.
 */
export async function withTeam<Ahead, Result>(
  actor: Actor,
  teamId: string,
  start: (tx: Tx) => Ahead,
  work: TeamWork<Ahead, Result>,
): Promise<Result> {
  const alone = async (tx: Tx) => {
    const locked = lockOwn(tx, actor, teamId);
    const ahead = start(tx);
    const team = await locked;
    if (team.role !== null) throw new IsMapped();
    return work(tx, team, ahead, null);
  };
  try {
    return await inTransaction(teamId, alone, true, actor.workspaceId);
  } catch (error) {
    if (!(error instanceof IsMapped)) throw error;
  }
  return inContext(actor, async (context) => {
    const { tx } = context;
    const locked = lockOwn(tx, actor, teamId);
    const ahead = start(tx);
    const team = await locked;
    // The mapping may have gone since the first try. Then being in the team gives nothing, and leaving it takes nothing.
    return work(tx, team, ahead, team.role === null ? null : context);
  });
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
