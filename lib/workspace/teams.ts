import { all, one, sql } from "@/lib/db";
import { notFound } from "./refusal";
import type { Role } from "./rules";

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

/** What an admin may do with a team in the app. Managed ones are changed where they are managed, or for an hour here. */
function allowedFor({ connectionId, overrideUntil }: Row): Allowed[] {
  if (connectionId === null) return ["rename", "change_members", "map_role", "delete"];
  return overrideUntil === null ? ["override", "map_role"] : ["rename", "change_members", "map_role"];
}

function shown(row: Row) {
  const { connectionId, connectionName, overrideUntil, ...team } = row;
  return {
    ...team,
    managedBy: connectionId === null ? null : { id: connectionId, name: connectionName ?? "" },
    overrideUntil: overrideUntil?.toISOString() ?? null,
    allowed: allowedFor(row),
  };
}

/** The teams of a workspace by name, with how many people are in each. `role` is what being in one gives. */
export async function listTeams(workspaceId: string) {
  const rows = await all<Row>(sql`
    SELECT t.id, t.name, t."connectionId", c.name AS "connectionName", r.role, CASE WHEN t."overrideUntil" > now() THEN t."overrideUntil" END AS "overrideUntil",
           (SELECT count(*) FROM "TeamMember" tm WHERE tm."workspaceId" = t."workspaceId" AND tm."teamId" = t.id) AS "memberCount"
    FROM "Team" t LEFT JOIN "Connection" c ON c."workspaceId" = t."workspaceId" AND c.id = t."connectionId"
    LEFT JOIN "TeamRole" r ON r."workspaceId" = t."workspaceId" AND r."teamId" = t.id
    WHERE t."workspaceId" = ${workspaceId} ORDER BY t."nameKey" LIMIT 1000`);
  return rows.map(shown);
}

/** One team with its people, 1,000 at most. */
export async function findTeam(workspaceId: string, id: string) {
  const row = await one<Row>(sql`
    SELECT t.id, t.name, t."connectionId", c.name AS "connectionName", r.role, CASE WHEN t."overrideUntil" > now() THEN t."overrideUntil" END AS "overrideUntil",
           (SELECT count(*) FROM "TeamMember" tm WHERE tm."workspaceId" = t."workspaceId" AND tm."teamId" = t.id) AS "memberCount"
    FROM "Team" t LEFT JOIN "Connection" c ON c."workspaceId" = t."workspaceId" AND c.id = t."connectionId"
    LEFT JOIN "TeamRole" r ON r."workspaceId" = t."workspaceId" AND r."teamId" = t.id
    WHERE t."workspaceId" = ${workspaceId} AND t.id::text = ${id}`);
  if (!row) throw notFound("team");
  const members = await all<{
    id: string;
    name: string;
    email: string | null;
    state: "invited" | "active" | "suspended";
  }>(sql`
    SELECT m.id, coalesce(nullif(trim(coalesce(m.attributes->>'displayName', m."givenName" || ' ' || m."familyName")), ''), m."userName") AS name, m.address AS email, m.state
    FROM "TeamMember" tm JOIN "Membership" m ON m."workspaceId" = tm."workspaceId" AND m.id = tm."membershipId"
    WHERE tm."workspaceId" = ${workspaceId} AND tm."teamId" = ${row.id} ORDER BY 2 LIMIT 1000`);
  return { ...shown(row), members };
}
