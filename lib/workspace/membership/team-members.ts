import { sql, type TeamModel, type Tx } from "@/lib/db";
import { cutText } from "@/lib/text";
import { isId } from "@/lib/workspace/id";
import { refusal } from "@/lib/workspace/refusal";

/** A change of members: removes everyone first unless `keep`, then `remove`, then adds `add`. */
export type MemberDelta = { keep: boolean; add: readonly string[]; remove: readonly string[] };

/** Combines two successive changes of members into one. The later request wins. */
export function mergeDeltas(before: MemberDelta, after: MemberDelta): MemberDelta {
  if (!after.keep) return after;
  const [added, removed] = [new Set(after.add), new Set(after.remove)];
  return {
    keep: before.keep,
    add: [...before.add.filter((id) => !removed.has(id) && !added.has(id)), ...after.add],
    remove: [...before.remove.filter((id) => !added.has(id) && !removed.has(id)), ...after.remove],
  };
}

/** The rest of a waiting change after another change has decided about some of the people. */
export function withoutDecided(waiting: MemberDelta, decided: MemberDelta): MemberDelta {
  const people = new Set([...decided.add, ...decided.remove]);
  const isOpen = (id: string) => !people.has(id);
  if (waiting.keep) return { keep: true, add: waiting.add.filter(isOpen), remove: waiting.remove.filter(isOpen) };
  const gone = new Set(decided.remove);
  return { ...waiting, add: [...new Set([...waiting.add, ...decided.add])].filter((id) => !gone.has(id)) };
}

/** Membership ids that were added to or removed from a team. */
export type Moved = { added: string[]; removed: string[] };

type Key = { workspaceId: string; id: string };
type Id = { id: string };

/**
 * Applies a change of members as inserts and deletes. All statements are sent at once and run in order. An unknown id refuses the
 * whole change, which then has to be rolled back; people who have ended are skipped and noted.
 */
export async function applyMembers(tx: Tx, team: Key, delta: MemberDelta, notes: string[]): Promise<Moved> {
  const wanted = delta.add.filter((id) => isId(id)).sort();
  const [known, removed, added] = await Promise.all([
    wanted.length === 0 ? [] : lockMembers(tx, team.workspaceId, wanted),
    removeMembers(tx, team, delta, wanted),
    wanted.length === 0 ? [] : insertMembers(tx, team, wanted),
  ]);
  const states = new Map(known.map(({ id, state }) => [id, state]));
  await requireKnown(
    tx,
    team.workspaceId,
    delta.add.filter((id) => !states.has(id)),
  );
  const ended = known.filter(({ state }) => state === "ended").map(({ id }) => id);
  if (ended.length > 0) notes.push(`Skipped, because they were deleted: ${ended.join(", ")}.`);
  const isEmptied = !delta.keep && ended.length === delta.add.length && removed.length > 0;
  if (isEmptied) notes.push(`All ${removed.length} members were removed.`);
  return { added: added.map(({ id }) => id), removed: removed.map(({ id }) => id) };
}

/** Locks these people until the end, so that nobody is added who ends in the meantime. */
function lockMembers(tx: Tx, workspaceId: string, ids: string[]): Promise<{ id: string; state: string }[]> {
  return tx.all(
    sql`SELECT id, state FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND id = ANY(${ids}::uuid[]) ORDER BY id FOR SHARE`,
  );
}

function insertMembers(tx: Tx, { workspaceId, id }: Key, ids: string[]): Promise<Id[]> {
  return tx.all(sql`
    INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId")
    SELECT t."workspaceId", t.id, m.id FROM "Team" t JOIN "Membership" m ON m."workspaceId" = t."workspaceId" AND m.id = ANY(${ids}::uuid[]) AND m.state <> 'ended'
    WHERE t."workspaceId" = ${workspaceId} AND t.id = ${id} ON CONFLICT DO NOTHING RETURNING "membershipId" AS id`);
}

function removeMembers(tx: Tx, { workspaceId, id }: Key, delta: MemberDelta, wanted: string[]): Promise<Id[]> | Id[] {
  if (!delta.keep) {
    return tx.all(sql`
      DELETE FROM "TeamMember" WHERE "workspaceId" = ${workspaceId} AND "teamId" = ${id} AND NOT "membershipId" = ANY(${wanted}::uuid[]) RETURNING "membershipId" AS id`);
  }
  const gone = delta.remove.filter((member) => isId(member));
  if (gone.length === 0) return [];
  return tx.all(sql`
    DELETE FROM "TeamMember" WHERE "workspaceId" = ${workspaceId} AND "teamId" = ${id} AND "membershipId" = ANY(${gone}::uuid[]) RETURNING "membershipId" AS id`);
}

/** Maximum number of ids that a refusal lists; the rest is counted. */
const maxNamed = 20;

async function requireKnown(tx: Tx, workspaceId: string, unknown: readonly string[]): Promise<void> {
  if (unknown.length === 0) return;
  const ids = unknown.filter((id) => isId(id));
  const group = await tx.one<Pick<TeamModel, "id" | "name">>(
    sql`SELECT id, name FROM "Team" WHERE "workspaceId" = ${workspaceId} AND id = ANY(${ids}::uuid[]) ORDER BY id LIMIT 1`,
  );
  if (group) {
    throw refusal("unknown_members.group", { id: group.id, group: JSON.stringify(group.name) });
  }
  const named = unknown.slice(0, maxNamed).map((id) => JSON.stringify(cutText(id, 100)));
  const more = unknown.length - named.length;
  throw refusal("unknown_members.unknown", {
    ids: named.join(", "),
    more: String(more),
    hasMore: more > 0 ? "yes" : "no",
  });
}

/** Removes an ended person from all teams and remembers the teams for a restore. Each team's version goes up by one. */
export async function leaveTeams(tx: Tx, membership: { workspaceId: string; id: string }): Promise<void> {
  await tx.run(sql`
    WITH gone AS (DELETE FROM "TeamMember" WHERE "workspaceId" = ${membership.workspaceId} AND "membershipId" = ${membership.id} RETURNING "teamId"),
      moved AS (UPDATE "Team" t SET version = t.version + 1, "updatedAt" = now() FROM gone WHERE t."workspaceId" = ${membership.workspaceId} AND t.id = gone."teamId")
    UPDATE "Membership" SET "leftTeams" = ARRAY(SELECT "teamId" FROM gone) WHERE "workspaceId" = ${membership.workspaceId} AND id = ${membership.id}`);
}
