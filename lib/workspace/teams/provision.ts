import { isUniqueViolation } from "@/lib/database/trouble";
import { inTransaction, sql, type Tx } from "@/lib/db";
import { isBlankName } from "@/lib/name";
import { requireLiveToken } from "@/lib/workspace/access/live-token";
import type { Actor } from "@/lib/workspace/actor";
import { record, type Target } from "@/lib/workspace/audit/record";
import { findClaims } from "@/lib/workspace/domains/claims";
import { dropTeamWish, orHold } from "@/lib/workspace/holds/hold";
import { noteTeamLoss, noteTeamPart } from "@/lib/workspace/holds/losses";
import { newId } from "@/lib/workspace/id";
import { requireOwn } from "@/lib/workspace/members/managed";
import { followTeams } from "@/lib/workspace/members/roles";
import type { Role } from "@/lib/workspace/members/rules";
import type { Situation } from "@/lib/workspace/members/standing";
import { Refusal } from "@/lib/workspace/refusal";
import { fold, searchTextOf } from "@/lib/workspace/text";
import { inWorkspace } from "@/lib/workspace/transaction";
import { requireRoomForTeam } from "./limit";
import { applyMembers, type MemberDelta, type Moved } from "./members";

export type Team = {
  id: string;
  workspaceId: string;
  name: string;
  nameKey: string;
  externalId: string | null;
  attributes: Record<string, unknown>;
  folded: Record<string, unknown>;
  version: number;
  connectionId: string | null;
  /** Until then an admin may change a managed team in the app. */
  overrideUntil: Date | null;
  createdAt: Date;
  updatedAt: Date;
};

/**
 * What is told of a changed team: read in the transaction of the change, so that an answer which can't be given changes nothing
 * (I12). What is read does not depend on the change, so it is sent along with it.
 */
export type TeamView<Seen, Shown> = {
  read: (tx: Tx, team: Pick<Team, "workspaceId" | "id">) => Promise<Seen>;
  show: (team: Team, seen: Seen) => Shown;
};

export type TeamTold<Shown> = { effect: string; notes: string[]; shown: Shown };

export function nameKey(name: string): string {
  const key = fold(name.trim());
  if (isBlankName(name)) throw new Refusal("team_name_blank", "displayName is blank: give the group a name.");
  return key;
}

export function teamTarget(team: Pick<Team, "id" | "name">): Target {
  return { kind: "team", id: team.id, name: team.name };
}

/** Why a team can't be called so, with what whoever asks can do about it. */
export async function nameTaken(tx: Tx, { workspaceId, kind }: Actor, name: string): Promise<Refusal> {
  const taken = `A team named ${JSON.stringify(name)} exists already.`;
  if (kind !== "token") return new Refusal("team_name_taken", `${taken} Choose another name.`);
  const known = await tx.one<{ id: string; connectionId: string | null }>(
    sql`SELECT id, "connectionId" FROM "Team" WHERE "workspaceId" = ${workspaceId} AND "nameKey" = ${fold(name.trim())}`,
  );
  const how =
    known?.connectionId === null
      ? `It was made in the app: link to it by updating the group with the id ${known.id}.`
      : "Look it up by displayName and update it instead.";
  return new Refusal("team_name_taken", `${taken} ${how}`);
}

/** What an identity provider says of a team besides its members; `attributes` are those of the workspace's own extensions. */
export type TeamProfile = {
  name: string;
  externalId: string | null;
  attributes: Record<string, unknown>;
  folded: Record<string, unknown>;
};

/** POST of a group: a new team, managed from the start. */
export function createTeam<Seen, Shown>(
  actor: Actor,
  profile: TeamProfile,
  members: readonly string[],
  view: TeamView<Seen, Shown>,
): Promise<TeamTold<Shown>> {
  const { name, externalId, attributes, folded } = profile;
  const id = newId();
  const create = async (tx: Tx) => {
    await requireRoomForTeam(tx, actor.workspaceId);
    const team = await tx.one<Team>(sql`
      INSERT INTO "Team" ("workspaceId", id, name, "nameKey", "nameFolded", "searchText", "externalId", attributes, folded, "connectionId")
      VALUES (${actor.workspaceId}, ${id}, ${name}, ${nameKey(name)}, ${fold(name)}, ${searchTextOf([name])}, ${externalId}, ${JSON.stringify(attributes)}, ${JSON.stringify(folded)}, ${actor.connectionId ?? null})
      ON CONFLICT ("workspaceId", "nameKey") DO NOTHING RETURNING *`);
    if (!team) throw await nameTaken(tx, actor, name);
    await requireLiveToken(tx, actor); // inserting has waited for a Disconnect, if there was one
    const notes: string[] = [];
    await applyMembers(tx, team, { keep: true, add: members, remove: [] }, notes);
    record(tx, actor, "team.created", teamTarget(team), { after: { name, members: members.length } });
    return { effect: "group.created", notes, shown: view.show(team, await view.read(tx, team)) };
  };
  return inTransaction(id, create, false, actor.workspaceId);
}

/** A change of a team. */
export type TeamChange = {
  /** What the profile is to be, or null when it stays. Throws to refuse. */
  profile: (team: Team) => TeamProfile | null;
  /** The change of members, or how to find it where it depends on who is in the team. */
  members: MemberDelta | ((team: Team, tx: Tx) => Promise<MemberDelta>);
};

/**
 * PUT and PATCH of a group, under the team's own row lock. The first one of an in-app team links it: it becomes managed
 * and keeps id and members. A change that changes nothing moves neither version nor time.
 */
export function changeTeam<Seen, Shown>(
  actor: Actor,
  teamId: string,
  change: TeamChange,
  view: TeamView<Seen, Shown>,
): Promise<TeamTold<Shown>> {
  const key = { workspaceId: actor.workspaceId, id: teamId };
  const { members } = change;
  /** What need not wait for the team is sent right behind its lock; a refusal undoes it. */
  const start = (tx: Tx) => {
    const notes: string[] = [];
    if (typeof members === "function") return { notes, moved: null, seen: null };
    return { notes, moved: held(applyMembers(tx, key, members, notes)), seen: held(view.read(tx, key)) };
  };
  const run: TeamWork<ReturnType<typeof start>, TeamTold<Shown>> = async (tx, team, ahead, situation) => {
    const profile = change.profile(team);
    const delta = typeof members === "function" ? await members(team, tx) : members;
    const moved =
      typeof members === "function"
        ? await applyMembers(tx, key, delta, ahead.notes)
        : ((await ahead.moved) ?? noMoves);
    const held: HeldTeamChange = { profile, delta };
    if (situation) {
      await followMoved({ ...situation, wish: { teamId: team.id, data: held } }, moved);
      await dropTeamWish(situation, team.id, delta);
    }
    await noteEmptied(tx, actor, team, moved);
    const next = await settle(tx, actor, team, profile, moved);
    const seen = (await ahead.seen) ?? (await view.read(tx, key));
    const notes = [...ahead.notes, ...(situation?.notes ?? [])];
    return { effect: effectOf(team, next), notes, shown: view.show(next, seen) };
  };
  return orHold(actor, () => withTeam(actor, teamId, start, run));
}

/** A change of a team as it is held: without members it is to be deleted. */
export type HeldTeamChange = { profile: TeamProfile | null; delta: MemberDelta | null };

/** Makes a held change of a team, if it is still there. */
export async function applyHeldTeam(situation: Situation, teamId: string, held: HeldTeamChange): Promise<boolean> {
  const { tx, actor, workspace } = situation;
  const found = await tx.one<Team & { now: Date }>(
    sql`SELECT *, now()::timestamptz(3) AS now FROM "Team" WHERE "workspaceId" = ${workspace.id} AND id = ${teamId} FOR UPDATE`,
  );
  if (!found) return false;
  const team = { ...found, role: await findTeamRole(tx, workspace.id, teamId) };
  const mapped = team.role === null ? null : situation;
  if (held.delta === null) {
    await removeTeam(tx, actor, team, mapped);
    return true;
  }
  const moved = await applyMembers(tx, team, held.delta, situation.notes);
  if (mapped) await followMoved(mapped, moved);
  await noteEmptied(tx, actor, team, moved);
  await settle(tx, actor, team, held.profile, moved);
  return true;
}

/** A token that leaves nobody in a large team has taken it from all of them. */
export async function noteEmptied(tx: Tx, actor: Actor, team: Team, { added, removed }: Moved): Promise<void> {
  if (removed.length === 0) return;
  const left =
    added.length > 0 ||
    (await tx.one(
      sql`SELECT 1 FROM "TeamMember" WHERE "workspaceId" = ${team.workspaceId} AND "teamId" = ${team.id} ORDER BY "membershipId" LIMIT 1`, // by the index: a team of everybody looks like the whole table
    ));
  if (left) noteTeamPart(tx, actor, team, removed);
  else await noteTeamLoss(tx, actor, team, removed, false);
}

const noMoves: Moved = { added: [], removed: [] };

/** A promise that is looked at later, or never when something else fails first. */
function held<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}

/** A team as it is locked, with the role that being in it gives, and the time of the transaction. */
type LockedTeam = Team & { role: Role | null; now: Date };

/** `situation` only where being in the team gives a role. */
type TeamWork<Ahead, Result> = (tx: Tx, team: LockedTeam, ahead: Ahead, situation: Situation | null) => Promise<Result>;

/** Being in this team gives a role: it has to be changed under the workspace's lock. */
class IsMapped extends Error {}

/**
 * Work on a team's locked row; what `start` sends follows the lock at once. Where being in the team gives a role, the workspace is
 * locked as well, and before it: roles are decided under that lock. Whether it does is known only by reading it, so such work
 * is undone and starts over.
 */
async function withTeam<Ahead, Result>(
  actor: Actor,
  teamId: string,
  start: (tx: Tx) => Ahead,
  work: TeamWork<Ahead, Result>,
): Promise<Result> {
  const alone = async (tx: Tx) => {
    const locked = lockTeam(tx, actor, teamId);
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
  return inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const situation = { tx, actor, workspace, claims: await findClaims(tx, workspace.id), notes: [] };
    const locked = lockTeam(tx, actor, teamId);
    const ahead = start(tx);
    const team = await locked;
    // The mapping may have gone since the first try. Then being in the team gives nothing, and leaving it takes nothing.
    return work(tx, team, ahead, team.role === null ? null : situation);
  });
}

/** People who came into a mapped team, or left one, get the role that their sources give now. */
export async function followMoved(situation: Situation, { added, removed }: Moved): Promise<void> {
  if (added.length > 0) await followTeams(situation, added, false);
  if (removed.length > 0) await followTeams(situation, removed, true);
}

/** Writes what a change made of a team; a first change links it. */
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

/** Says that something of a team has changed, its row or its members, without waiting for it. */
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

export async function saveTeam(tx: Tx, team: Team, isChanged: boolean): Promise<Team> {
  const step = isChanged ? 1 : 0;
  try {
    const row = await tx.one<Team>(sql`
      UPDATE "Team" SET name = ${team.name}, "nameKey" = ${nameKey(team.name)}, "nameFolded" = ${fold(team.name)}, "searchText" = ${searchTextOf([team.name])}, "externalId" = ${team.externalId}, attributes = ${JSON.stringify(team.attributes)},
        folded = ${JSON.stringify(team.folded)}, "connectionId" = ${team.connectionId}, version = version + ${step}, "updatedAt" = CASE WHEN ${step} = 1 THEN now() ELSE "updatedAt" END
      WHERE "workspaceId" = ${team.workspaceId} AND id = ${team.id} RETURNING *`);
    return row ?? team;
  } catch (error) {
    if (!isUniqueViolation(error, "Team_workspaceId_nameKey_key")) throw error;
    throw new Refusal(
      "team_name_taken",
      `A team named ${JSON.stringify(team.name)} exists already. Nothing was changed.`,
    );
  }
}

async function lockTeam(tx: Tx, actor: Actor, teamId: string): Promise<LockedTeam> {
  const locked = Promise.all([
    tx.one<Team & { now: Date }>(
      sql`SELECT *, now()::timestamptz(3) AS now FROM "Team" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${teamId} FOR UPDATE`,
    ),
    findTeamRole(tx, actor.workspaceId, teamId), // a statement of its own: it must see what the lock has waited for
    requireLiveToken(tx, actor),
  ]);
  const [team, role] = await locked;
  return { ...(await requireOwn(tx, actor, team, "group")), role };
}

/** The role that being in a team gives, or null. */
export async function findTeamRole(tx: Tx, workspaceId: string, teamId: string): Promise<Role | null> {
  const row = await tx.one<{ role: Role }>(
    sql`SELECT role FROM "TeamRole" WHERE "workspaceId" = ${workspaceId} AND "teamId" = ${teamId}`,
  );
  return row?.role ?? null;
}

/** DELETE of a group: the team goes, linked or not; the people stay. */
export function deleteTeam(actor: Actor, teamId: string, check: (team: Team) => void): Promise<TeamTold<null>> {
  const nothing = () => null;
  const remove: TeamWork<null, TeamTold<null>> = async (tx, team, _, situation) => {
    check(team);
    await removeTeam(tx, actor, team, situation);
    return { effect: "group.deleted", notes: situation?.notes ?? [], shown: null };
  };
  return orHold(actor, () => withTeam(actor, teamId, nothing, remove));
}

/** Deletes a team; the role that being in it gave goes with it. `situation` only where it gave one: else nobody's role is decided. */
export async function removeTeam(tx: Tx, actor: Actor, team: Team, situation: Situation | null): Promise<void> {
  const moved = await applyMembers(tx, team, { keep: false, add: [], remove: [] }, []);
  await noteTeamLoss(tx, actor, team, moved.removed, true);
  await tx.run(sql`DELETE FROM "Team" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${team.id}`);
  const held: HeldTeamChange = { profile: null, delta: null };
  if (situation) await followMoved({ ...situation, wish: { teamId: team.id, data: held } }, moved);
  record(tx, actor, "team.deleted", teamTarget(team), { before: { name: team.name } });
}
