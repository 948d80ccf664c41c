import { sql, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { dropHeldTeam } from "@/lib/workspace/holds/held";
import { withHold } from "@/lib/workspace/holds/hold";
import type { Context } from "@/lib/workspace/members/context";
import { applyMembers, type MemberDelta, type Moved } from "@/lib/workspace/membership/team-members";
import { followMoved, type HeldTeamChange, noteEmptied, removeTeam } from "./effects";
import { type LockedTeam, type TeamWork, withTeam } from "./locked";
import {
  findTeamRole,
  lockTeam,
  saveTeam,
  type Team,
  type TeamOutcome,
  type TeamProfile,
  type TeamView,
  teamTarget,
} from "./team";

export type TeamChange = {
  /** Returns the new profile, or null to leave it unchanged. Throws to refuse. */
  profile: (team: Team) => TeamProfile | null;
  /** The change of members, or a function that computes it when it depends on the current members. */
  members: MemberDelta | ((team: Team, tx: Tx) => Promise<MemberDelta>);
};

/**
 * PUT and PATCH of a group, under the team's own row lock. The first one of an in-app team links it: it becomes managed and keeps its id
 * and members. A change without effect moves neither version nor time.
 */
export function changeTeam<Seen, View>(
  actor: Actor,
  teamId: string,
  change: TeamChange,
  view: TeamView<Seen, View>,
): Promise<TeamOutcome<View>> {
  const key = { workspaceId: actor.workspaceId, id: teamId };
  const { members } = change;
  /** Statements that don't depend on the team's row are sent right behind its lock; a refusal rolls them back. */
  const start = (tx: Tx) => {
    const notes: string[] = [];
    if (typeof members === "function") return { notes, moved: null, seen: null };
    return { notes, moved: held(applyMembers(tx, key, members, notes)), seen: held(view.read(tx, key)) };
  };
  const run: TeamWork<ReturnType<typeof start>, TeamOutcome<View>> = async (tx, team, ahead, context) => {
    const profile = change.profile(team);
    const delta = typeof members === "function" ? await members(team, tx) : members;
    const moved =
      typeof members === "function"
        ? await applyMembers(tx, key, delta, ahead.notes)
        : ((await ahead.moved) ?? noMoves);
    const held: HeldTeamChange = { profile, delta };
    if (context) {
      await followMoved({ ...context, deferred: { teamId: team.id, data: held } }, moved);
      await dropHeldTeam(context, team.id, delta);
    }
    await noteEmptied(tx, actor, team, moved);
    const next = await settle(tx, actor, team, profile, moved);
    const seen = (await ahead.seen) ?? (await view.read(tx, key));
    const notes = [...ahead.notes, ...(context?.notes ?? [])];
    return { effect: effectOf(team, next), notes, view: view.show(next, seen) };
  };
  return withHold(actor, () => withTeam(actor, teamId, start, run));
}

/** Applies a held change of a team, if the team still exists. */
export async function applyHeldTeam(context: Context, teamId: string, held: HeldTeamChange): Promise<boolean> {
  const { tx, actor, workspace } = context;
  const found = await lockTeam(tx, workspace.id, teamId);
  if (!found) return false;
  const team = { ...found, role: await findTeamRole(tx, workspace.id, teamId) };
  const mapped = team.role === null ? null : context;
  if (held.delta === null) {
    await removeTeam(tx, actor, team, mapped);
    return true;
  }
  const moved = await applyMembers(tx, team, held.delta, context.notes);
  if (mapped) await followMoved(mapped, moved);
  await noteEmptied(tx, actor, team, moved);
  await settle(tx, actor, team, held.profile, moved);
  return true;
}

const noMoves: Moved = { added: [], removed: [] };

/** Prevents an unhandled rejection of a promise that is awaited later, or never when something else fails first. */
function held<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}

/** Writes the result of a team change. The first one links the team. */
async function settle(
  tx: Tx,
  actor: Actor,
  team: LockedTeam,
  profile: TeamProfile | null,
  moved: Moved,
): Promise<Team> {
  const count = moved.added.length + moved.removed.length;
  const isChanged = count > 0 || profile !== null;
  const connectionId = team.connectionId ?? actor.connectionId ?? null;
  if (!isChanged && connectionId === team.connectionId) return team;
  const changed = { ...team, ...profile, connectionId };
  const next = profile === null ? touchTeam(tx, changed, isChanged) : await saveTeam(tx, changed, isChanged);
  if (isChanged) {
    const before = { name: team.name, externalId: team.externalId };
    const after = { name: next.name, externalId: next.externalId, membersMoved: count };
    record(tx, actor, "team.updated", teamTarget(next), { before, after });
  }
  return next;
}

/** Updates version and time after a change of the row or its members, without waiting for the statement. */
function touchTeam(tx: Tx, team: LockedTeam, isChanged: boolean): Team {
  const step = isChanged ? 1 : 0;
  tx.send(sql`
    UPDATE "Team" SET "connectionId" = ${team.connectionId}, version = version + ${step}, "updatedAt" = CASE WHEN ${step} = 1 THEN now() ELSE "updatedAt" END
    WHERE "workspaceId" = ${team.workspaceId} AND id = ${team.id}`);
  return { ...team, version: team.version + step, updatedAt: isChanged ? team.now : team.updatedAt };
}

function effectOf(before: Team, after: Team): string {
  if (before.connectionId === null) return "group.linked";
  return after.version === before.version ? "none" : "group.updated";
}
