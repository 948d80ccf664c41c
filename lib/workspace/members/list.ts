import { parseAddress } from "@/lib/address";
import { all, list, type MembershipModel, sql } from "@/lib/db";
import { translator } from "@/lib/messages/translator";
import { patternsOf } from "@/lib/workspace/text";

export type MemberQuery = {
  search?: string | undefined;
  state?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
  /** Only people who are not in this team. */
  outsideTeam?: string | undefined;
};

type Row = Pick<
  MembershipModel,
  | "id"
  | "address"
  | "userName"
  | "role"
  | "userId"
  | "connectionId"
  | "overrideUntil"
  | "createdAt"
  | "joinedAt"
  | "lastActiveAt"
> & {
  /** The display name; null when all its sources are blank. */
  name: string | null;
  /** Read only for people without a login address. */
  emails: { value?: string; type?: string; primary?: boolean }[] | null;
  mailRefused: string | null;
  state: "invited" | "active" | "suspended";
  connectionName: string | null;
  isOverridden: boolean;
  teams: { id: string; name: string }[];
};

type Allowed = "suspend" | "reactivate" | "make_admin" | "make_member" | "resend_invite" | "cancel_invite" | "override";

/** The actions an admin may take in the app. Managed people are changed in their identity provider, or here for an hour. */
function allowedFor(row: Pick<Row, "state" | "role" | "address" | "connectionId" | "isOverridden">): Allowed[] {
  const isManaged = row.connectionId !== null;
  if (row.state === "invited") {
    const resend: Allowed[] = row.address === null ? [] : ["resend_invite"];
    return isManaged ? resend : [...resend, "cancel_invite"];
  }
  if (isManaged && !row.isOverridden) return ["override"];
  if (row.state === "suspended") return ["reactivate"];
  return ["suspend", row.role === "admin" ? "make_member" : "make_admin"];
}

/** Whether the person's userName, primary email or work email is a valid email address. */
function namesAddress({ userName, emails }: Pick<Row, "userName" | "emails">): boolean {
  const main = (emails ?? []).filter(({ type, primary }) => primary || type?.toLowerCase() === "work");
  return [userName, ...main.map(({ value }) => value ?? "")].some((text) => parseAddress(text) !== null);
}

/** Why someone without a login address is waiting, or null. */
function whyWaiting(row: Pick<Row, "state" | "address" | "userName" | "emails">): string | null {
  if (row.state !== "invited" || row.address !== null) return null;
  return translator("members")(namesAddress(row) ? "waiting.addressTaken" : "waiting.noAddress");
}

function toView(row: Row) {
  return {
    id: row.id,
    name: row.name ?? row.address ?? row.userName,
    email: row.address,
    userName: row.userName,
    role: row.role,
    state: row.state,
    managedBy: row.connectionId === null ? null : { id: row.connectionId, name: row.connectionName ?? "" },
    teams: row.teams,
    joinedAt: (row.joinedAt ?? row.createdAt).toISOString(),
    lastActiveAt: row.lastActiveAt?.toISOString() ?? null,
    waiting: whyWaiting(row),
    mailRefused: row.mailRefused,
    allowed: allowedFor(row),
    reason: reasonOf(row),
    overrideUntil: row.isOverridden ? (row.overrideUntil?.toISOString() ?? null) : null,
  };
}

/** Why someone can't be changed here; null for unmanaged people. */
function reasonOf({ connectionId, connectionName, isOverridden }: Row): string | null {
  if (connectionId === null) return null;
  return translator("members")(isOverridden ? "reason.open" : "reason.managed", { connection: connectionName ?? "" });
}

/** A page of a workspace's people, newest last, with the number of matches. Search covers names and email addresses. */
export async function listMembers(workspaceId: string, query: MemberQuery) {
  const limit = Math.min(query.limit ?? 50, 200);
  const patterns = patternsOf(query.search);
  const outside = query.outsideTeam || null;
  const state = query.state && query.state !== "all" ? query.state : null;
  const rows = await list<Row & { total: number }>(
    workspaceId,
    sql`
    WITH matching AS (
      SELECT m.* FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} AND m.state <> 'ended'
        AND (${state}::text IS NULL OR m.state = ${state})
        AND (${outside}::uuid IS NULL OR NOT EXISTS (SELECT 1 FROM "TeamMember" x WHERE x."workspaceId" = m."workspaceId" AND x."teamId" = ${outside}::uuid AND x."membershipId" = m.id))
        AND (${patterns}::text[] IS NULL OR concat_ws(E'\\n', m."searchText", m."addressKey") LIKE ALL (${patterns}::text[])))
    SELECT m.id, muster_display_name(m.attributes, m."givenName", m."familyName") AS name, m.address, m."userName", m.role, m.state, m."userId",
           CASE WHEN m.address IS NULL THEN m.attributes->'emails' END AS emails,
           (SELECT CASE WHEN l.state = 'refused' THEN l.detail END FROM "Mail" l WHERE l."toKey" = m."addressKey" AND l.state IN ('sent', 'refused') AND (l."workspaceId" = m."workspaceId" OR l."workspaceId" IS NULL)
             ORDER BY l."sentAt" DESC LIMIT 1) AS "mailRefused",
           m."connectionId", c.name AS "connectionName", m."overrideUntil", coalesce(m."overrideUntil" > now(), false) AS "isOverridden", m."createdAt", m."joinedAt", m."lastActiveAt", (SELECT count(*) FROM matching) AS total,
           coalesce((SELECT json_agg(json_build_object('id', t.id, 'name', t.name) ORDER BY t."nameKey") FROM "TeamMember" tm
             JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId" WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id), '[]') AS teams
    FROM matching m LEFT JOIN "Connection" c ON c."workspaceId" = m."workspaceId" AND c.id = m."connectionId"
    WHERE ${query.cursor ?? null}::uuid IS NULL OR m.id > ${query.cursor ?? null}::uuid
    ORDER BY m.id LIMIT ${limit + 1}`,
  );
  const page = rows.slice(0, limit);
  const total = rows[0]?.total ?? 0;
  return { members: page.map(toView), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null, total };
}

export function listAdmins(workspaceId: string) {
  return all<{ name: string; email: string }>(sql`
    SELECT coalesce(muster_display_name(m.attributes, m."givenName", m."familyName"), '') AS name, m.address AS email
    FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} AND m.role = 'admin' AND m.state = 'active' AND m.address IS NOT NULL ORDER BY m.id LIMIT 20`);
}
