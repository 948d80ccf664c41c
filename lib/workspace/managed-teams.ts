import { inTransaction, isUniqueViolation, sql, type Tx } from "@/lib/db";
import type { Actor } from "./actor";
import { record, type Target } from "./audit-log";
import { newId } from "./id";
import { notFound, Refusal } from "./refusal";
import { fold } from "./text";

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
  createdAt: Date;
  updatedAt: Date;
};

/** A change of members: everybody out first unless `keep`, then these out, then these in. */
export type MemberDelta = { keep: boolean; add: readonly string[]; remove: readonly string[] };

/** Reads what is told of a changed team, in the transaction of the change: an answer that can't be given changes nothing (I12). */
export type ShowTeam<Shown> = (tx: Tx, team: Team) => Promise<Shown>;

export type TeamTold<Shown> = { effect: string; notes: string[]; shown: Shown };

const noChange: MemberDelta = { keep: true, add: [], remove: [] };

function nameKey(name: string): string {
  const key = fold(name.trim());
  if (key === "") throw new Refusal("team_name_blank", "displayName is blank: give the group a name.");
  return key;
}

function target(team: Pick<Team, "id" | "name">): Target {
  return { kind: "team", id: team.id, name: team.name };
}

async function nameTaken(tx: Tx, workspaceId: string, name: string): Promise<Refusal> {
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
    const notes: string[] = [];
    await applyMembers(tx, team, { keep: true, add: members, remove: [] }, notes);
    record(tx, actor, "team.created", target(team), { after: { name, members: members.length } });
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
  return inTransaction(teamId, async (tx) => {
    const team = await findOwn(tx, actor, teamId);
    const { profile, members } = await decide(team, tx);
    const notes: string[] = [];
    const moved = await applyMembers(tx, team, members ?? noChange, notes);
    const isChanged = moved > 0 || profile !== null;
    const connectionId = team.connectionId ?? actor.connectionId ?? null;
    const isWritten = isChanged || connectionId !== team.connectionId;
    const next = isWritten ? await saveTeam(tx, { ...team, ...profile, connectionId }, isChanged) : team;
    if (isChanged) {
      const before = { name: team.name, externalId: team.externalId };
      const after = { name: next.name, externalId: next.externalId, membersMoved: moved };
      record(tx, actor, "team.updated", target(next), { before, after });
    }
    return { effect: effectOf(team, isChanged), notes, shown: await show(tx, next) };
  });
}

function effectOf(before: Team, isChanged: boolean): string {
  if (before.connectionId === null) return "group.linked";
  return isChanged ? "group.updated" : "none";
}

async function saveTeam(tx: Tx, team: Team, isChanged: boolean): Promise<Team> {
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

async function findOwn(tx: Tx, actor: Actor, teamId: string): Promise<Team> {
  const team = await tx.one<Team>(
    sql`SELECT * FROM "Team" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${teamId} FOR UPDATE`,
  );
  if (!team) throw notFound("group");
  if (team.connectionId !== null && team.connectionId !== (actor.connectionId ?? null)) {
    throw new Refusal("managed_elsewhere", "This group is managed by another connection. Change it there.");
  }
  return team;
}

/** Applies a change of members as inserts and deletes; returns how many rows moved. */
async function applyMembers(tx: Tx, team: Team, delta: MemberDelta, notes: string[]): Promise<number> {
  const known = delta.add.length === 0 ? [] : await knownMembers(tx, team.workspaceId, delta.add, notes);
  let moved = 0;
  if (!delta.keep) {
    moved += await tx.run(
      sql`DELETE FROM "TeamMember" WHERE "workspaceId" = ${team.workspaceId} AND "teamId" = ${team.id} AND NOT "membershipId" = ANY(${known}::uuid[])`,
    );
    if (known.length === 0 && moved > 0) notes.push(`All ${moved} members were removed.`);
  } else if (delta.remove.length > 0) {
    moved += await tx.run(
      sql`DELETE FROM "TeamMember" WHERE "workspaceId" = ${team.workspaceId} AND "teamId" = ${team.id} AND "membershipId" = ANY(${delta.remove.filter((id) => uuid.test(id))}::uuid[])`,
    );
  }
  if (known.length > 0) {
    moved += await tx.run(sql`
      INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId")
      SELECT ${team.workspaceId}, ${team.id}, unnest(${known}::uuid[]) ON CONFLICT DO NOTHING`);
  }
  return moved;
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
  return inTransaction(teamId, async (tx) => {
    const team = await findOwn(tx, actor, teamId);
    check(team);
    await tx.run(sql`DELETE FROM "Team" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${team.id}`);
    record(tx, actor, "team.deleted", target(team), { before: { name: team.name } });
    return { effect: "group.deleted", notes: [], shown: null };
  });
}
