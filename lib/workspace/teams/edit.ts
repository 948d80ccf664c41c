import { inTransaction } from "@/lib/database/transaction";
import { type Role, sql, type Tx } from "@/lib/db";
import { typedName } from "@/lib/name";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { dropHeldTeam } from "@/lib/workspace/holds/held";
import { withHold } from "@/lib/workspace/holds/hold";
import { newId } from "@/lib/workspace/id";
import { type Context, contextOf } from "@/lib/workspace/members/context";
import { followTeams } from "@/lib/workspace/members/roles";
import { requireUnlocked } from "@/lib/workspace/membership/managed";
import { applyMembers, type MemberDelta } from "@/lib/workspace/membership/team-members";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { followMoved, type HeldTeamChange, noteEmptied, removeTeam } from "./effects";
import { requireRoomForTeam } from "./limit";
import { findTeamRole, insertTeam, lockTeam, nameTaken, saveTeam, type Team, teamTarget } from "./team";

// Admins' changes of teams in the app. Managed teams are locked unless an override is open (D-09).

function parseTeamName(typed: string): string {
  const name = typedName(typed, "team");
  if (name === "") throw refusal("team_name_blank.typed");
  return name;
}

/** Creates an unmanaged team and returns its id. An identity provider may later link to it by name. */
export async function createTeamInApp(actor: Actor, typed: string): Promise<string> {
  const name = parseTeamName(typed);
  const id = newId();
  const create = async (tx: Tx) => {
    await requireRoomForTeam(tx, actor.workspaceId);
    const { workspaceId } = actor;
    const profile = { name, externalId: null, attributes: {}, folded: {} };
    const team = await insertTeam(tx, { ...profile, workspaceId, id, connectionId: null });
    if (!team) throw await nameTaken(tx, actor, name);
    record(tx, actor, "team.created", teamTarget(team), { after: { name, members: 0 } });
    return id;
  };
  return inTransaction(id, create, false, actor.workspaceId);
}

/** Changes a team under the workspace's lock, if the app may change it now. */
function changeInApp(
  actor: Actor,
  teamId: string,
  work: (context: Context, team: Team) => Promise<void>,
): Promise<string[]> {
  const change = () =>
    inWorkspace(actor.workspaceId, async (tx, workspace) => {
      const team = await findTeamForChange(tx, workspace.id, teamId);
      await requireUnlocked(tx, actor, team, workspace.now);
      const context = await contextOf(tx, actor, workspace);
      await work(context, team);
      return context.notes;
    });
  return withHold(actor, change);
}

async function findTeamForChange(tx: Tx, workspaceId: string, teamId: string): Promise<Team> {
  const team = await lockTeam(tx, workspaceId, teamId);
  if (!team) throw notFound("team");
  return team;
}

export async function renameTeamInApp(actor: Actor, teamId: string, typed: string): Promise<void> {
  const name = parseTeamName(typed);
  await changeInApp(actor, teamId, async ({ tx }, team) => {
    if (team.name === name) return;
    const next = await saveTeam(tx, { ...team, name }, true);
    record(tx, actor, "team.updated", teamTarget(next), { before: { name: team.name }, after: { name } });
  });
}

/** Deletes an unmanaged team. An override doesn't allow deleting a managed one. */
export async function deleteTeamInApp(actor: Actor, teamId: string): Promise<void> {
  await changeInApp(actor, teamId, async (context, team) => {
    if (team.connectionId !== null && actor.kind !== "operator") {
      throw refusal("managed.team");
    }
    const mapped = await findTeamRole(context.tx, team.workspaceId, team.id);
    await removeTeam(context.tx, actor, team, mapped === null ? null : context);
  });
}

function changeMembers(actor: Actor, teamId: string, delta: Pick<MemberDelta, "add" | "remove">): Promise<string[]> {
  return changeInApp(actor, teamId, async (context, team) => {
    const moved = await applyMembers(context.tx, team, { keep: true, ...delta }, context.notes);
    await dropHeldTeam(context, team.id, { keep: true, ...delta });
    const count = moved.added.length + moved.removed.length;
    if (count === 0) return;
    const held: HeldTeamChange = { profile: null, delta: { keep: true, ...delta } };
    await followMovedIfMapped({ ...context, deferred: { teamId: team.id, data: held } }, team, moved);
    await noteEmptied(context.tx, actor, team, moved);
    const next = await saveTeam(context.tx, team, true);
    const change = { before: { name: team.name }, after: { name: team.name, membersMoved: count } };
    record(context.tx, actor, "team.updated", teamTarget(next), change);
  });
}

async function followMovedIfMapped(context: Context, team: Team, moved: Parameters<typeof followMoved>[1]) {
  const mapped = await findTeamRole(context.tx, team.workspaceId, team.id);
  if (mapped !== null) await followMoved(context, moved);
}

/** Adds someone to a team. Returns notes for an admin, such as a role that was not given. */
export function addTeamMember(actor: Actor, teamId: string, membershipId: string): Promise<string[]> {
  return changeMembers(actor, teamId, { add: [membershipId], remove: [] });
}

/** Removes someone from a team. Returns notes for an admin, such as who stays the last admin. */
export function removeTeamMember(actor: Actor, teamId: string, membershipId: string): Promise<string[]> {
  return changeMembers(actor, teamId, { add: [], remove: [membershipId] });
}

/**
 * Maps a team to a role, for identity providers without roles; null removes the mapping. All members get their role at once. The mapping
 * belongs to the team's id and is deleted with it. Returns notes for an admin, such as who stays the last admin.
 */
export function setTeamRole(actor: Actor, teamId: string, role: Role | null): Promise<string[]> {
  return inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const team = await findTeamForChange(tx, workspace.id, teamId);
    const before = await findTeamRole(tx, workspace.id, team.id);
    if (before === role) return [];
    if (role === null) {
      tx.send(sql`DELETE FROM "TeamRole" WHERE "workspaceId" = ${workspace.id} AND "teamId" = ${teamId}`);
    } else {
      tx.send(sql`
        INSERT INTO "TeamRole" ("workspaceId", "teamId", role) VALUES (${workspace.id}, ${teamId}, ${role})
        ON CONFLICT ("workspaceId", "teamId") DO UPDATE SET role = excluded.role`);
    }
    record(tx, actor, "team.role_mapped", teamTarget(team), { before: { role: before }, after: { role } });
    const members = await tx.all<{ id: string }>(
      sql`SELECT "membershipId" AS id FROM "TeamMember" WHERE "workspaceId" = ${workspace.id} AND "teamId" = ${teamId}`,
    );
    const context = await contextOf(tx, actor, workspace);
    await followTeams(
      context,
      members.map(({ id }) => id),
      before !== null,
    );
    return context.notes;
  });
}
