import { all, fragment, one, sql } from "@/lib/db";

/** Days within which someone whom a token suspended or ended can be restored. */
export const restoreDays = 30;

export type Lost = {
  /** The membership id of someone suspended or ended, otherwise the id of the loss. */
  id: string;
  name: string;
  how: "suspended" | "ended" | "address" | "role" | "team_emptied" | "team_deleted";
  at: string;
  by: string;
  /** The email address that was taken away, and its replacement. */
  from: string | null;
  to: string | null;
  /** How many people were in the team. */
  people: number;
};

const lostRows = (workspaceId: string) => fragment`
  SELECT m.id, coalesce(m.address, m."userName") AS name, m.state::text AS how, s.at, s."actorName" AS by, NULL AS "from", NULL AS "to", 0 AS people
  FROM "Membership" m
  JOIN LATERAL (SELECT at, reason, change, "actorName" FROM "SeatChange" s WHERE s."workspaceId" = m."workspaceId" AND s."membershipId" = m.id ORDER BY s.id DESC LIMIT 1) s
    ON s.reason = 'token' AND s.change = -1 AND s.at > now() - make_interval(days => ${restoreDays})
  WHERE m."workspaceId" = ${workspaceId} AND m.state IN ('suspended', 'ended') AND m."joinedAt" IS NOT NULL
  UNION ALL
  SELECT l.id, l.name, CASE l.kind WHEN 'team' THEN CASE WHEN (l.data->>'deleted')::boolean THEN 'team_deleted' ELSE 'team_emptied' END ELSE l.kind::text END,
    l.at, l."actorName", l.data->>'from', l.data->>'to', cardinality(l.members)
  FROM "AccessLoss" l LEFT JOIN "Membership" m ON m."workspaceId" = l."workspaceId" AND m.id = l."membershipId"
  WHERE l."workspaceId" = ${workspaceId} AND l."restoredAt" IS NULL AND l.at > now() - make_interval(days => ${restoreDays})
    AND (l.kind = 'team' OR (m.state = 'active' AND CASE l.kind WHEN 'role' THEN m.role = 'member' ELSE m."addressKey" = lower(l.data->>'to') END))`;

/** Everything that tokens took in the last thirty days and nobody has given back, newest first, at most 1,000. */
export async function listLost(workspaceId: string): Promise<Lost[]> {
  const rows = await all<Omit<Lost, "at"> & { at: Date }>(
    sql`SELECT * FROM (${lostRows(workspaceId)}) lost ORDER BY at DESC, id LIMIT ${maxLost}`,
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

const maxLost = 1_000;

/** The total number of losses, including those beyond the list. */
export async function countLost(workspaceId: string, listed: number): Promise<number> {
  if (listed < maxLost) return listed;
  const row = await one<{ count: number }>(sql`SELECT count(*) AS count FROM (${lostRows(workspaceId)}) lost`);
  return row?.count ?? listed;
}
