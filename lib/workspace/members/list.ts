import { parseAddress } from "@/lib/address";
import { all, allOf, type Fragment, fragment, list, type MembershipModel, type MembershipState, sql } from "@/lib/db";
import { translator } from "@/lib/messages/translator";
import { isId } from "@/lib/workspace/id";
import { notFound } from "@/lib/workspace/refusal";
import { patternsOf } from "@/lib/workspace/text";

type MemberSort = "name" | "joined" | "lastActive";

export type MemberQuery = {
  /** Words of names and email addresses. */
  search?: string | undefined;
  state?: string | undefined;
  role?: string | undefined;
  /** The id of the connection that manages the person, or `app` for nobody's. */
  source?: string | undefined;
  /** The domain of the login address. */
  domain?: string | undefined;
  team?: string | undefined;
  /** Only people who are not in this team. */
  outsideTeam?: string | undefined;
  isInNoTeam?: boolean;
  hasNeverSignedIn?: boolean;
  /** Only people who wait for an address, or whose mail server refused the last email. */
  hasProblem?: boolean;
  sort?: MemberSort | undefined;
  isDescending?: boolean;
  /** Where the page before ended: its `nextCursor`. */
  cursor?: string | undefined;
  limit?: number | undefined;
};

/** What a list or a page reads of a member. */
export type MemberRow = Pick<
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
  state: MembershipState;
  connectionName: string | null;
  isOverridden: boolean;
  teams: { id: string; name: string }[];
};

type Allowed = "suspend" | "reactivate" | "make_admin" | "make_member" | "resend_invite" | "cancel_invite" | "override";

/** The actions an admin may take in the app. Managed people are changed in their identity provider, or here for an hour. */
function allowedFor(row: Pick<MemberRow, "state" | "role" | "address" | "connectionId" | "isOverridden">): Allowed[] {
  const isManaged = row.connectionId !== null;
  if (row.state === "ended") return [];
  if (row.state === "invited") {
    const resend: Allowed[] = row.address === null ? [] : ["resend_invite"];
    return isManaged ? resend : [...resend, "cancel_invite"];
  }
  if (isManaged && !row.isOverridden) return ["override"];
  if (row.state === "suspended") return ["reactivate"];
  return ["suspend", row.role === "admin" ? "make_member" : "make_admin"];
}

/** Whether the person's userName, primary email or work email is a valid email address. */
function namesAddress({ userName, emails }: Pick<MemberRow, "userName" | "emails">): boolean {
  const main = (emails ?? []).filter(({ type, primary }) => primary || type?.toLowerCase() === "work");
  return [userName, ...main.map(({ value }) => value ?? "")].some((text) => parseAddress(text) !== null);
}

/** Why someone without a login address is waiting, or null. */
function whyWaiting(row: Pick<MemberRow, "state" | "address" | "userName" | "emails">): string | null {
  if (row.state !== "invited" || row.address !== null) return null;
  return translator("members")(namesAddress(row) ? "waiting.addressTaken" : "waiting.noAddress");
}

/** A member as the app reads it. */
export function toView<State extends MembershipState>(row: MemberRow & { state: State }) {
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
function reasonOf({ connectionId, connectionName, isOverridden }: MemberRow): string | null {
  if (connectionId === null) return null;
  return translator("members")(isOverridden ? "reason.open" : "reason.managed", { connection: connectionName ?? "" });
}

/** The mail server's answer to the last email of a row `m`, when it refused the address for good. */
const mailRefused = fragment`(SELECT CASE WHEN l.state = 'refused' THEN l.detail END FROM "Mail" l WHERE l."toKey" = m."addressKey" AND l.state IN ('sent', 'refused')
  AND (l."workspaceId" = m."workspaceId" OR l."workspaceId" IS NULL) ORDER BY l."sentAt" DESC LIMIT 1)`;

/** The columns of a MemberRow, of a row `m` of "Membership" and `c` of its "Connection". */
export const memberColumns = fragment`m.id, muster_display_name(m.attributes, m."givenName", m."familyName") AS name, m.address, m."userName", m.role, m.state, m."userId",
  CASE WHEN m.address IS NULL THEN m.attributes->'emails' END AS emails, ${mailRefused} AS "mailRefused",
  m."connectionId", c.name AS "connectionName", m."overrideUntil", coalesce(m."overrideUntil" > now(), false) AS "isOverridden", m."createdAt", m."joinedAt", m."lastActiveAt",
  coalesce((SELECT json_agg(json_build_object('id', t.id, 'name', t.name) ORDER BY t."nameKey") FROM "TeamMember" tm
    JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId" WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id), '[]') AS teams`;

/** The teams of a row `m`. */
const memberships = fragment`SELECT 1 FROM "TeamMember" x WHERE x."workspaceId" = m."workspaceId" AND x."membershipId" = m.id`;

/** The conditions of the filters that are set. */
export function conditionsOf(query: MemberQuery): Fragment[] {
  const { role, source, domain, team, outsideTeam } = query;
  const state = query.state === "all" ? "" : query.state;
  const patterns = patternsOf(query.search);
  const conditions: (Fragment | false)[] = [
    patterns !== null && fragment`concat_ws(E'\\n', m."searchText", m."addressKey") LIKE ALL (${patterns}::text[])`,
    !!state && fragment`m.state = ${state}`,
    !!role && fragment`m.role = ${role}`,
    !!source && (source === "app" ? fragment`m."connectionId" IS NULL` : fragment`m."connectionId" = ${source}::uuid`),
    !!domain && fragment`split_part(m."addressKey", '@', -1) = ${domain.toLowerCase()}`,
    !!team && fragment`EXISTS (${memberships} AND x."teamId" = ${team}::uuid)`,
    !!outsideTeam && fragment`NOT EXISTS (${memberships} AND x."teamId" = ${outsideTeam}::uuid)`,
    query.isInNoTeam === true && fragment`NOT EXISTS (${memberships})`,
    query.hasNeverSignedIn === true && fragment`m."lastActiveAt" IS NULL`,
    query.hasProblem === true && fragment`((m.state = 'invited' AND m.address IS NULL) OR ${mailRefused} IS NOT NULL)`,
  ];
  return conditions.filter((condition) => condition !== false);
}

/** What a list is sorted by; the search text begins with the display name, folded. "Membership_name_idx" has the first one. */
const sortKeys: Record<MemberSort, Fragment> = {
  name: fragment`left(m."searchText", 100) COLLATE "C"`,
  joined: fragment`coalesce(m."joinedAt", m."createdAt")`,
  lastActive: fragment`coalesce(m."lastActiveAt", '-infinity')`,
};

/**
 * The rows after a cursor. The cursor stores the sort value of the page's last row instead of looking it up again: a member who signs in
 * before the next page loads moves to the other end of the list.
 */
function afterCursor(cursor: string, sort: MemberSort, isDescending: boolean): Fragment {
  const [value, id] = readCursor(cursor);
  const last = sort === "name" ? fragment`${value}::text COLLATE "C"` : fragment`${value}::timestamptz`;
  const key = sortKeys[sort];
  return isDescending
    ? fragment`(${key}, m.id) < (${last}, ${id}::uuid)`
    : fragment`(${key}, m.id) > (${last}, ${id}::uuid)`;
}

const cursorOf = ({ sortKey, id }: { sortKey: string; id: string }) =>
  Buffer.from(JSON.stringify([sortKey, id])).toString("base64url");

function readCursor(cursor: string): [value: string, id: string] {
  try {
    const [value, id] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (typeof value === "string" && isId(id)) return [value, id];
  } catch {
    // refused below
  }
  throw notFound("page");
}

type ListRow = MemberRow & { state: Exclude<MembershipState, "ended">; sortKey: string; total: number | null };

/** A page of a workspace's people by name, unless sorted otherwise; the first one with the number of matches. */
export async function listMembers(workspaceId: string, query: MemberQuery) {
  const { sort = "name", isDescending = false, cursor } = query;
  const limit = Math.min(query.limit ?? 50, 200);
  const filters = conditionsOf(query);
  const all = allOf([fragment`m."workspaceId" = ${workspaceId} AND m.state <> 'ended'`, ...filters]);
  const page = cursor ? fragment`${all} AND ${afterCursor(cursor, sort, isDescending)}` : all;
  const key = sortKeys[sort];
  const order = isDescending ? fragment`${key} DESC, m.id DESC` : fragment`${key}, m.id`;
  const matching = fragment`SELECT count(*)::int FROM "Membership" m WHERE ${all}`;
  const everybody = fragment`SELECT w."memberCount" FROM "Workspace" w WHERE w.id = ${workspaceId}`;
  const total = cursor ? fragment`SELECT NULL::int` : filters.length === 0 ? everybody : matching;
  const rows = await list<ListRow>(
    workspaceId,
    sql`
    SELECT ${memberColumns}, ${key}::text AS "sortKey", (${total})::int AS total FROM "Membership" m
    LEFT JOIN "Connection" c ON c."workspaceId" = m."workspaceId" AND c.id = m."connectionId"
    WHERE ${page} ORDER BY ${order} LIMIT ${limit + 1}`,
  );
  const found = rows.slice(0, limit);
  const last = rows.length > limit ? found.at(-1) : undefined;
  return { members: found.map(toView), nextCursor: last ? cursorOf(last) : null, total: rows[0]?.total ?? 0 };
}

export function listAdmins(workspaceId: string) {
  return all<{ name: string; email: string }>(sql`
    SELECT coalesce(muster_display_name(m.attributes, m."givenName", m."familyName"), '') AS name, m.address AS email
    FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} AND m.role = 'admin' AND m.state = 'active' AND m.address IS NOT NULL ORDER BY m.id LIMIT 20`);
}
