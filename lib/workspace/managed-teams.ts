import { inTransaction, isUniqueViolation, sql, type Tx } from "@/lib/db";
import type { Actor } from "./actor";
import { record, type Target } from "./audit-log";
import { findClaims } from "./claims";
import { newId } from "./id";
import { requireLiveToken } from "./live-token";
import { requireOwn } from "./managed";
import { Refusal } from "./refusal";
import { followTeams } from "./roles";
import type { Role } from "./rules";
import type { Situation } from "./standing";
import { fold } from "./text";
import { inWorkspace } from "./transaction";

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

/** A change of members: everybody out first unless `keep`, then these out, then these in. */
export type MemberDelta = { keep: boolean; add: readonly string[]; remove: readonly string[] };

/** Reads what is told of a changed team, in the transaction of the change: an answer that can't be given changes nothing (I12). */
export type ShowTeam<Shown> = (tx: Tx, team: Team) => Promise<Shown>;

export type TeamTold<Shown> = { effect: string; notes: string[]; shown: Shown };

const noChange: MemberDelta = { keep: true, add: [], remove: [] };

export function nameKey(name: string): string {
  const key = fold(name.trim());
  if (key === "") throw new Refusal("team_name_blank", "displayName is blank: give the group a name.");
  return key;
}

export function teamTarget(team: Pick<Team, "id" | "name">): Target {
  return { kind: "team", id: team.id, name: team.name };
}

export async function nameTaken(tx: Tx, workspaceId: string, name: string): Promise<Refusal> {
  const known = await tx.one<{ id: string; connectionId: string | null }>(
    sql`SELECT id, "connectionId" FROM "Team" WHERE "workspaceId" = ${workspaceId} AND "nameKey" = ${fold(name.trim())}`,
  );
  const how =
    known?.connectionId === null
      ? `It was made in the app: link to it by updating the group with the id ${known.id}.`
      : "Look it up by displayName and update it instead.";
  return new Refusal("team_name_taken", `A team named ${JSON.stringify(name)} exists already. ${how}`);
}

/** What an identity provider says of a team besides its members; `attributes` are those of the workspace's own extensions. */
export type TeamProfile = {
  name: string;
  externalId: string | null;
  attributes: Record<string, unknown>;
  folded: Record<string, unknown>;
};

/** POST of a group: a new team, managed from the start. */
export function createTeam<Shown>(
  actor: Actor,
  profile: TeamProfile,
  members: readonly string[],
  show: ShowTeam<Shown>,
): Promise<TeamTold<Shown>> {
  const { name, externalId, attributes, folded } = profile;
  const id = newId();
  return inTransaction(id, async (tx) => {
    const team = await tx.one<Team>(sql`
      INSERT INTO "Team" ("workspaceId", id, name, "nameKey", "nameFolded", "externalId", attributes, folded, "connectionId")
      VALUES (${actor.workspaceId}, ${id}, ${name}, ${nameKey(name)}, ${fold(name)}, ${externalId}, ${JSON.stringify(attributes)}, ${JSON.stringify(folded)}, ${actor.connectionId ?? null})
      ON CONFLICT ("workspaceId", "nameKey") DO NOTHING RETURNING *`);
    if (!team) throw await nameTaken(tx, actor.workspaceId, name);
    await requireLiveToken(tx, actor); // inserting has waited for a Disconnect, if there was one
    const notes: string[] = [];
    await applyMembers(tx, team, { keep: true, add: members, remove: [] }, notes);
    record(tx, actor, "team.created", teamTarget(team), { after: { name, members: members.length } });
    return { effect: "group.created", notes, shown: await show(tx, team) };
  });
}

/** A change of a team; null where nothing of the profile or of the members is to change. */
export type TeamChange = { profile: TeamProfile | null; members: MemberDelta | null };

/**
 * PUT and PATCH of a group, under the team's own row lock. The first one of an in-app team links it: it becomes managed
 * and keeps id and members. A change that changes nothing moves neither version nor time.
 */
export function changeTeam<Shown>(
  actor: Actor,
  teamId: string,
  decide: (team: Team, tx: Tx) => TeamChange | Promise<TeamChange>,
  show: ShowTeam<Shown>,
): Promise<TeamTold<Shown>> {
  const change = async (tx: Tx, team: LockedTeam, situation: Situation | null) => {
    const { profile, members } = await decide(team, tx);
    const notes = situation?.notes ?? [];
    const moved = await applyMembers(tx, team, members ?? noChange, notes);
    if (situation) await followMoved(situation, moved);
    const next = await settle(tx, actor, team, profile, moved);
    return { effect: effectOf(team, next), notes, shown: await show(tx, next) };
  };
  return withTeam(actor, teamId, change);
}

/** A team as it is locked, with the role that being in it gives. */
type LockedTeam = Team & { role: Role | null };

/**
 * Work on a team's locked row. Where being in it gives a role, the workspace is locked as well, and before it: roles are
 * decided under that lock. Whether it does is known only by reading it, so such work starts over.
 */
async function withTeam<Result>(
  actor: Actor,
  teamId: string,
  work: (tx: Tx, team: LockedTeam, situation: Situation | null) => Promise<Result>,
): Promise<Result> {
  const done = await inTransaction(teamId, async (tx) => {
    const team = await findOwn(tx, actor, teamId);
    return team.role === null ? { result: await work(tx, team, null) } : null;
  });
  if (done) return done.result;
  return inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const situation = { tx, actor, workspace, claims: await findClaims(tx, workspace.id), notes: [] };
    return work(tx, await findOwn(tx, actor, teamId), situation);
  });
}

/** People who came into a mapped team, or left one, get the role that their sources give now. */
export async function followMoved(situation: Situation, { added, removed }: Moved): Promise<void> {
  if (added.length > 0) await followTeams(situation, added, false);
  if (removed.length > 0) await followTeams(situation, removed, true);
}

/** Writes what a change made of a team; a first change links it. */
async function settle(tx: Tx, actor: Actor, team: Team, profile: TeamProfile | null, moved: Moved): Promise<Team> {
  const count = moved.added.length + moved.removed.length;
  const isChanged = count > 0 || profile !== null;
  const connectionId = team.connectionId ?? actor.connectionId ?? null;
  const isWritten = isChanged || connectionId !== team.connectionId;
  const next = isWritten ? await saveTeam(tx, { ...team, ...profile, connectionId }, isChanged) : team;
  if (isChanged) {
    const before = { name: team.name, externalId: team.externalId };
    const after = { name: next.name, externalId: next.externalId, membersMoved: count };
    record(tx, actor, "team.updated", teamTarget(next), { before, after });
  }
  return next;
}

function effectOf(before: Team, after: Team): string {
  if (before.connectionId === null) return "group.linked";
  return after.version === before.version ? "none" : "group.updated";
}

export async function saveTeam(tx: Tx, team: Team, isChanged: boolean): Promise<Team> {
  const step = isChanged ? 1 : 0;
  try {
    const row = await tx.one<Team>(sql`
      UPDATE "Team" SET name = ${team.name}, "nameKey" = ${nameKey(team.name)}, "nameFolded" = ${fold(team.name)}, "externalId" = ${team.externalId}, attributes = ${JSON.stringify(team.attributes)},
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

async function findOwn(tx: Tx, actor: Actor, teamId: string): Promise<LockedTeam> {
  const [team, mapped] = await Promise.all([
    tx.one<Team>(sql`SELECT * FROM "Team" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${teamId} FOR UPDATE`),
    findTeamRole(tx, actor.workspaceId, teamId), // a statement of its own: it must see what the lock has waited for
    requireLiveToken(tx, actor),
  ]);
  return { ...(await requireOwn(tx, actor, team, "group")), role: mapped };
}

/** The role that being in a team gives, or null. */
export async function findTeamRole(tx: Tx, workspaceId: string, teamId: string): Promise<Role | null> {
  const row = await tx.one<{ role: Role }>(
    sql`SELECT role FROM "TeamRole" WHERE "workspaceId" = ${workspaceId} AND "teamId" = ${teamId}`,
  );
  return row?.role ?? null;
}

/** Who came in and who left: the ids of memberships. */
type Moved = { added: string[]; removed: string[] };

/** Applies a change of members as inserts and deletes. */
export async function applyMembers(tx: Tx, team: Team, delta: MemberDelta, notes: string[]): Promise<Moved> {
  const known = delta.add.length === 0 ? [] : await knownMembers(tx, team.workspaceId, delta.add, notes);
  const removed = await removeMembers(tx, team, delta, known);
  if (!delta.keep && known.length === 0 && removed.length > 0)
    notes.push(`All ${removed.length} members were removed.`);
  const added =
    known.length === 0
      ? []
      : await tx.all<{ id: string }>(sql`
          INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId")
          SELECT ${team.workspaceId}, ${team.id}, unnest(${known}::uuid[]) ON CONFLICT DO NOTHING RETURNING "membershipId" AS id`);
  return { added: added.map(({ id }) => id), removed: removed.map(({ id }) => id) };
}

async function removeMembers(tx: Tx, { workspaceId, id }: Team, delta: MemberDelta, known: string[]) {
  if (!delta.keep) {
    return tx.all<{ id: string }>(sql`
      DELETE FROM "TeamMember" WHERE "workspaceId" = ${workspaceId} AND "teamId" = ${id} AND NOT "membershipId" = ANY(${known}::uuid[]) RETURNING "membershipId" AS id`);
  }
  const gone = delta.remove.filter((member) => uuid.test(member));
  if (gone.length === 0) return [];
  return tx.all<{ id: string }>(sql`
    DELETE FROM "TeamMember" WHERE "workspaceId" = ${workspaceId} AND "teamId" = ${id} AND "membershipId" = ANY(${gone}::uuid[]) RETURNING "membershipId" AS id`);
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The ids that are people here; ended ones are skipped and noted, unknown ones refuse the whole change. */
async function knownMembers(tx: Tx, workspaceId: string, ids: readonly string[], notes: string[]): Promise<string[]> {
  const wanted = ids.filter((id) => uuid.test(id)).sort();
  const rows = await tx.all<{ id: string; state: string }>(
    sql`SELECT id, state FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND id = ANY(${wanted}::uuid[]) ORDER BY id FOR SHARE`,
  );
  const found = new Map(rows.map(({ id, state }) => [id, state]));
  const unknown = ids.filter((id) => !found.has(id));
  if (unknown.length > 0) {
    const named = unknown
      .slice(0, 20)
      .map((id) => JSON.stringify(id))
      .join(", ");
    throw new Refusal(
      "unknown_members",
      `No user here has the id ${named}. Nothing was changed; provision the users first.`,
    );
  }
  const ended = rows.filter(({ state }) => state === "ended");
  if (ended.length > 0) notes.push(`Skipped, because they were deleted: ${ended.map(({ id }) => id).join(", ")}.`);
  return rows.filter(({ state }) => state !== "ended").map(({ id }) => id);
}

/** DELETE of a group: the team goes, linked or not; the people stay. */
export function deleteTeam(actor: Actor, teamId: string, check: (team: Team) => void): Promise<TeamTold<null>> {
  return withTeam(actor, teamId, async (tx, team, situation) => {
    check(team);
    await removeTeam(tx, actor, team, situation);
    return { effect: "group.deleted", notes: situation?.notes ?? [], shown: null };
  });
}

/** Deletes a team; the role that being in it gave goes with it. */
export async function removeTeam(tx: Tx, actor: Actor, team: Team, situation: Situation | null): Promise<void> {
  const moved = situation ? await applyMembers(tx, team, { keep: false, add: [], remove: [] }, []) : null;
  await tx.run(sql`DELETE FROM "Team" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${team.id}`);
  if (situation && moved) await followMoved(situation, moved);
  record(tx, actor, "team.deleted", teamTarget(team), { before: { name: team.name } });
}
