import { all, fragment, list, type MembershipModel, one, type Role, sql, type TeamModel } from "@/lib/db";
import { notFound } from "@/lib/workspace/refusal";
import { fold, patternsOf } from "@/lib/workspace/text";

type Row = {
  id: string;
  name: string;
  memberCount: number;
  connectionId: string | null;
  connectionName: string | null;
  role: Role | null;
  overrideUntil: Date | null;
};

type Allowed = "rename" | "change_members" | "delete" | "override" | "map_role";

/** The actions an admin may take on a team in the app. Managed teams are changed in their identity provider, or here for an hour. */
function allowedFor({ connectionId, overrideUntil }: Row): Allowed[] {
  if (connectionId === null) return ["rename", "change_members", "map_role", "delete"];
  return overrideUntil === null ? ["override", "map_role"] : ["rename", "change_members", "map_role"];
}

function toView(row: Row) {
  const { connectionId, connectionName, overrideUntil, ...team } = row;
  return {
    ...team,
    managedBy: connectionId === null ? null : { id: connectionId, name: connectionName ?? "" },
    overrideUntil: overrideUntil?.toISOString() ?? null,
    allowed: allowedFor(row),
  };
}

const columns = fragment`t.id, t.name, t."connectionId", c.name AS "connectionName", r.role, CASE WHEN t."overrideUntil" > now() THEN t."overrideUntil" END AS "overrideUntil",
  (SELECT count(*) FROM "TeamMember" tm WHERE tm."workspaceId" = t."workspaceId" AND tm."teamId" = t.id) AS "memberCount"`;
const source = fragment`"Team" t LEFT JOIN "Connection" c ON c."workspaceId" = t."workspaceId" AND c.id = t."connectionId"
  LEFT JOIN "TeamRole" r ON r."workspaceId" = t."workspaceId" AND r."teamId" = t.id`;

export type TeamQuery = {
  search?: string | undefined;
  /** The name of the last team on the previous page. */
  after?: string | undefined;
  limit?: number | undefined;
};

/** A page of a workspace's teams by name, with the number of matches. `role` is the role that a team gives. */
export async function listTeams(workspaceId: string, { search, after, limit = 50 }: TeamQuery) {
  const size = Math.min(limit, 200);
  const key = after === undefined || after === "" ? null : fold(after.trim());
  const patterns = patternsOf(search);
  const matches = fragment`t."workspaceId" = ${workspaceId} AND (${patterns}::text[] IS NULL OR t."searchText" LIKE ALL (${patterns}::text[]))`;
  const rows = await list<Row & { total: number }>(
    workspaceId,
    sql`
    SELECT ${columns}, (SELECT count(*) FROM "Team" t WHERE ${matches}) AS total
    FROM ${source} WHERE ${matches} AND (${key}::text IS NULL OR t."nameKey" > ${key})
    ORDER BY t."nameKey" LIMIT ${size + 1}`,
  );
  const page = rows.slice(0, size);
  return {
    teams: page.map(({ total: _total, ...row }) => toView(row)),
    nextCursor: rows.length > size ? (page.at(-1)?.name ?? null) : null,
    total: rows[0]?.total ?? 0,
  };
}

/** One team, without its members. */
export async function findTeam(workspaceId: string, id: string) {
  const [row] = await all<Row>(
    sql`SELECT ${columns} FROM ${source} WHERE t."workspaceId" = ${workspaceId} AND t.id::text = ${id}`,
  );
  if (!row) throw notFound("team");
  return toView(row);
}

/** The id of the team with this name, or null. */
export async function findTeamByName(workspaceId: string, name: string): Promise<string | null> {
  const row = await one<Pick<TeamModel, "id">>(
    sql`SELECT id FROM "Team" WHERE "workspaceId" = ${workspaceId} AND "nameKey" = ${fold(name.trim())}`,
  );
  return row?.id ?? null;
}

export type TeamMemberQuery = {
  search?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
};

type TeamMemberRow = Pick<MembershipModel, "id"> & {
  name: string;
  email: string | null;
  state: "invited" | "active" | "suspended";
};

/**
 * A page of a team's members by name, with the number of matches. The cursor stays valid even when the last member of the previous page has
 * left the team.
 */
export async function listTeamMembers(
  workspaceId: string,
  teamId: string,
  { search, cursor, limit = 50 }: TeamMemberQuery,
) {
  const from = cursor || null;
  const size = Math.min(limit, 200);
  const patterns = patternsOf(search);
  const rows = await list<TeamMemberRow & { total: number }>(
    workspaceId,
    sql`
    WITH matching AS (
      SELECT m.* FROM "TeamMember" tm JOIN "Membership" m ON m."workspaceId" = tm."workspaceId" AND m.id = tm."membershipId"
      WHERE tm."workspaceId" = ${workspaceId} AND tm."teamId" = ${teamId}
        AND (${patterns}::text[] IS NULL OR concat_ws(E'\\n', m."searchText", m."addressKey") LIKE ALL (${patterns}::text[])))
    SELECT m.id, coalesce(muster_display_name(m.attributes, m."givenName", m."familyName"), m."userName") AS name, m.address AS email, m.state,
      (SELECT count(*) FROM matching) AS total
    FROM matching m WHERE ${from}::uuid IS NULL OR (m."searchText", m.id) > (SELECT p."searchText", p.id FROM "Membership" p WHERE p."workspaceId" = ${workspaceId} AND p.id = ${from}::uuid)
    ORDER BY m."searchText", m.id LIMIT ${size + 1}`,
  );
  const page = rows.slice(0, size);
  return {
    members: page.map(({ total: _total, ...row }) => row),
    nextCursor: rows.length > size ? (page.at(-1)?.id ?? null) : null,
    total: rows[0]?.total ?? 0,
  };
}
