import { all, allOf, type Fragment, fragment, list, type Role, sql, type TeamModel } from "@/lib/db";
import { notFound } from "@/lib/workspace/refusal";
import { patternsOf } from "@/lib/workspace/text";

type Row = Pick<
  TeamModel,
  "id" | "name" | "externalId" | "connectionId" | "overrideUntil" | "createdAt" | "updatedAt"
> & {
  memberCount: number;
  connectionName: string | null;
  role: Role | null;
};

type Allowed = "rename" | "change_members" | "delete" | "override" | "map_role";

/** The actions an admin may take on a team in the app. Managed teams are changed in their identity provider, or here for an hour. */
function allowedFor({ connectionId, overrideUntil }: Row): Allowed[] {
  if (connectionId === null) return ["rename", "change_members", "map_role", "delete"];
  return overrideUntil === null ? ["override", "map_role"] : ["rename", "change_members", "map_role"];
}

function toView(row: Row) {
  return {
    id: row.id,
    name: row.name,
    externalId: row.externalId,
    memberCount: row.memberCount,
    role: row.role,
    managedBy: row.connectionId === null ? null : { id: row.connectionId, name: row.connectionName ?? "" },
    overrideUntil: row.overrideUntil?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    allowed: allowedFor(row),
  };
}

/** The members of a row `t`. */
const members = fragment`FROM "TeamMember" tm WHERE tm."workspaceId" = t."workspaceId" AND tm."teamId" = t.id`;
const memberCount = fragment`(SELECT count(*) ${members})`;

const columns = fragment`t.id, t.name, t."externalId", t."connectionId", c.name AS "connectionName", r.role, t."createdAt", t."updatedAt",
  CASE WHEN t."overrideUntil" > now() THEN t."overrideUntil" END AS "overrideUntil", ${memberCount} AS "memberCount"`;
const source = fragment`"Team" t LEFT JOIN "Connection" c ON c."workspaceId" = t."workspaceId" AND c.id = t."connectionId"
  LEFT JOIN "TeamRole" r ON r."workspaceId" = t."workspaceId" AND r."teamId" = t.id`;

type TeamSort = "name" | "members";

/** The id and sort value of a page's last row. The next page needs only these values, so the row itself may be deleted. */
type TeamCursor = { id: string; after: string };

export type TeamQuery = {
  search?: string | undefined;
  /** The id of the connection that manages the team, or `app` for nobody's. */
  source?: string | undefined;
  /** The role that the team gives, or `none`. */
  role?: string | undefined;
  isEmpty?: boolean;
  sort?: TeamSort | undefined;
  isDescending?: boolean;
  cursor?: TeamCursor | null | undefined;
  limit?: number | undefined;
};

/** The conditions of the filters that are set. */
function conditionsOf({ search, source: from, role, isEmpty }: TeamQuery): Fragment[] {
  const patterns = patternsOf(search);
  const conditions: (Fragment | false)[] = [
    patterns !== null && fragment`t."searchText" LIKE ALL (${patterns}::text[])`,
    !!from && (from === "app" ? fragment`t."connectionId" IS NULL` : fragment`t."connectionId" = ${from}::uuid`),
    !!role && (role === "none" ? fragment`r.role IS NULL` : fragment`r.role = ${role}`),
    isEmpty === true && fragment`NOT EXISTS (SELECT 1 ${members})`,
  ];
  return conditions.filter((condition) => condition !== false);
}

/** What a list is sorted by, and the cursor's value as the same type. */
const sortKeys: Record<TeamSort, { key: Fragment; cast: (after: string) => Fragment }> = {
  name: {
    key: fragment`left(t."searchText", 100) COLLATE "C"`,
    cast: (after) => fragment`${after}::text COLLATE "C"`,
  },
  members: {
    key: fragment`coalesce(k.count, 0)`,
    cast: (after) => fragment`${Number.parseInt(after, 10) || 0}::bigint`,
  },
};

/** All teams' member counts as `k`, read at once: to sort by them, every team has to be counted. */
const countsOf = (workspaceId: string) => fragment`LEFT JOIN (
  SELECT x."teamId", count(*) AS count FROM "TeamMember" x WHERE x."workspaceId" = ${workspaceId} GROUP BY x."teamId") k ON k."teamId" = t.id`;

/** A page of a workspace's teams by name, unless sorted otherwise, with the number of matches. `role` is the role that a team gives. */
export async function listTeams(workspaceId: string, query: TeamQuery) {
  const limit = Math.min(query.limit ?? 50, 200);
  const { sort = "name", cursor = null } = query;
  const matches = allOf([fragment`t."workspaceId" = ${workspaceId}`, ...conditionsOf(query)]);
  const from = sort === "members" ? fragment`${source} ${countsOf(workspaceId)}` : source;
  const { key, cast } = sortKeys[sort];
  const [step, order] = query.isDescending
    ? [fragment`<`, fragment`${key} DESC, t.id DESC`]
    : [fragment`>`, fragment`${key}, t.id`];
  const page =
    cursor === null
      ? matches
      : fragment`${matches} AND (${key}, t.id) ${step} (${cast(cursor.after)}, ${cursor.id}::uuid)`;
  const rows = await list<Row & { key: string; total: number }>(
    workspaceId,
    sql`
    SELECT ${columns}, (${key})::text AS key, (SELECT count(*) FROM ${source} WHERE ${matches}) AS total
    FROM ${from} WHERE ${page} ORDER BY ${order} LIMIT ${limit + 1}`,
  );
  const found = rows.slice(0, limit);
  const last = rows.length > limit ? found.at(-1) : undefined;
  const nextCursor: TeamCursor | null = last ? { id: last.id, after: last.key } : null;
  return { teams: found.map(toView), nextCursor, total: rows[0]?.total ?? 0 };
}

/** One team, without its members. */
export async function findTeam(workspaceId: string, id: string) {
  const [row] = await all<Row>(
    sql`SELECT ${columns} FROM ${source} WHERE t."workspaceId" = ${workspaceId} AND t.id::text = ${id}`,
  );
  if (!row) throw notFound("team");
  return toView(row);
}
