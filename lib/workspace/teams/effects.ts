import { sql, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { noteTeamLoss, noteTeamPart } from "@/lib/workspace/holds/losses";
import type { Context } from "@/lib/workspace/members/context";
import { followTeams } from "@/lib/workspace/members/roles";
import { applyMembers, type MemberDelta, type Moved } from "@/lib/workspace/membership/team-members";
import { type Team, type TeamProfile, teamTarget } from "./team";

/** Deletes a team; its members lose the role it gave. `context` is null when the team gives no role, so that no roles are decided. */
export async function removeTeam(tx: Tx, actor: Actor, team: Team, context: Context | null): Promise<void> {
  const moved = await applyMembers(tx, team, { keep: false, add: [], remove: [] }, []);
  await noteTeamLoss(tx, actor, team, moved.removed, true);
  await tx.run(sql`DELETE FROM "Team" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${team.id}`);
  const held: HeldTeamChange = { profile: null, delta: null };
  if (context) await followMoved({ ...context, deferred: { teamId: team.id, data: held } }, moved);
  record(tx, actor, "team.deleted", teamTarget(team), { before: { name: team.name } });
}

/** The stored form of a held team change. Without `delta` the team is to be deleted. */
export type HeldTeamChange = { profile: TeamProfile | null; delta: MemberDelta | null };

/** When a token removes the last members of a large team, all its members have lost the team. */
export async function noteEmptied(tx: Tx, actor: Actor, team: Team, { added, removed }: Moved): Promise<void> {
  if (removed.length === 0) return;
  const left =
    added.length > 0 ||
    (await tx.one(
      sql`SELECT 1 FROM "TeamMember" WHERE "workspaceId" = ${team.workspaceId} AND "teamId" = ${team.id} ORDER BY "membershipId" LIMIT 1`, // ORDER BY forces the index, even for a team of everyone
    ));
  if (left) noteTeamPart(tx, actor, team, removed);
  else await noteTeamLoss(tx, actor, team, removed, false);
}

/** Decides the roles of people who joined or left a mapped team. */
export async function followMoved(context: Context, { added, removed }: Moved): Promise<void> {
  if (added.length > 0) await followTeams(context, added, false);
  if (removed.length > 0) await followTeams(context, removed, true);
}
