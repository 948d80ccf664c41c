import { list, type Role, sql, type TeamModel } from "@/lib/db";
import { type PageQuery, pageOf } from "@/lib/workspace/page";
import { notFound } from "@/lib/workspace/refusal";
import { fold } from "@/lib/workspace/text";

type TeamRow = Pick<TeamModel, "id" | "name" | "externalId" | "connectionId" | "createdAt" | "updatedAt"> & {
  memberCount: number;
  role: Role | null;
  connectionName: string | null;
};

function teamView({ connectionId, connectionName, createdAt, updatedAt, ...team }: TeamRow) {
  return {
    ...team,
    managedBy: connectionId === null ? null : { id: connectionId, name: connectionName ?? "" },
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** The teams of a workspace. `name` is compared the way team names are checked for uniqueness. */
export async function listTeamsByPage(
  workspaceId: string,
  { id, name, cursor, limit }: PageQuery & { id?: string; name?: string | undefined },
) {
  const key = name === undefined ? null : fold(name.trim());
  const found = await list<TeamRow>(
    workspaceId,
    sql`
    SELECT t.id, t.name, t."externalId", t."createdAt", t."updatedAt", t."connectionId", c.name AS "connectionName", r.role,
      (SELECT count(*) FROM "TeamMember" tm WHERE tm."workspaceId" = t."workspaceId" AND tm."teamId" = t.id) AS "memberCount"
    FROM "Team" t LEFT JOIN "Connection" c ON c."workspaceId" = t."workspaceId" AND c.id = t."connectionId"
    LEFT JOIN "TeamRole" r ON r."workspaceId" = t."workspaceId" AND r."teamId" = t.id
    WHERE t."workspaceId" = ${workspaceId} AND (${id ?? null}::uuid IS NULL OR t.id = ${id ?? null}::uuid) AND (${key}::text IS NULL OR t."nameKey" = ${key})
      AND (${cursor ?? null}::uuid IS NULL OR t.id > ${cursor ?? null}::uuid)
    ORDER BY t.id LIMIT ${limit + 1}`,
  );
  const { rows, nextCursor } = pageOf(found, limit);
  return { teams: rows.map(teamView), nextCursor };
}

export async function findTeamById(workspaceId: string, id: string) {
  const [team] = (await listTeamsByPage(workspaceId, { id, limit: 1 })).teams;
  if (!team) throw notFound("team");
  return team;
}
