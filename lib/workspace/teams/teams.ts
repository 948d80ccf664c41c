import { list, type MembershipModel, one, sql, type TeamMemberModel, type TeamModel } from "@/lib/db";
import { fold, patternsOf } from "@/lib/workspace/text";

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
  /** Since when they have been in the team. */
  since: TeamMemberModel["createdAt"];
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
      SELECT m.*, tm."createdAt" AS since FROM "TeamMember" tm JOIN "Membership" m ON m."workspaceId" = tm."workspaceId" AND m.id = tm."membershipId"
      WHERE tm."workspaceId" = ${workspaceId} AND tm."teamId" = ${teamId}
        AND (${patterns}::text[] IS NULL OR concat_ws(E'\\n', m."searchText", m."addressKey") LIKE ALL (${patterns}::text[])))
    SELECT m.id, coalesce(muster_display_name(m.attributes, m."givenName", m."familyName"), m."userName") AS name, m.address AS email, m.state, m.since,
      (SELECT count(*) FROM matching) AS total
    FROM matching m WHERE ${from}::uuid IS NULL OR (m."searchText", m.id) > (SELECT p."searchText", p.id FROM "Membership" p WHERE p."workspaceId" = ${workspaceId} AND p.id = ${from}::uuid)
    ORDER BY m."searchText", m.id LIMIT ${size + 1}`,
  );
  const page = rows.slice(0, size);
  return {
    members: page.map(({ total: _total, since, ...row }) => ({ ...row, since: since.toISOString() })),
    nextCursor: rows.length > size ? (page.at(-1)?.id ?? null) : null,
    total: rows[0]?.total ?? 0,
  };
}
