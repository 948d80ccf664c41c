import { addressKey, parseAddress } from "@/lib/address";
import { all, list, one, runAside, sql, type Tx } from "@/lib/db";
import { typedName } from "@/lib/name";
import { requireLiveToken } from "@/lib/workspace/access/live-token";
import { createUser, emailAttributes, findUserByAddress, nameAttributes } from "@/lib/workspace/accounts/accounts";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { findClaims } from "@/lib/workspace/domains/claims";
import { orHold } from "@/lib/workspace/holds/hold";
import { newId } from "@/lib/workspace/id";
import { notFound, Refusal } from "@/lib/workspace/refusal";
import { noteFirstSeat } from "@/lib/workspace/seats/seats";
import { patternsOf } from "@/lib/workspace/text";
import { inWorkspace } from "@/lib/workspace/transaction";
import { requireUnlocked } from "./managed";
import { findMembership, insertMembership, type Membership, membershipTarget, updateMembership } from "./membership";
import { changeRole, findMappedRoles } from "./roles";
import type { Role } from "./rules";
import { reactivate, type Situation, sendReactivationMails, suspend } from "./standing";

export type MemberQuery = {
  search?: string | undefined;
  state?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
  /** Only people who are not in this team. */
  outsideTeam?: string | undefined;
};

type Row = {
  id: string;
  /** The display name; null where all that it is made of is blank. */
  name: string | null;
  address: string | null;
  userName: string;
  /** Read where nobody knows an address to sign in by. */
  emails: { value?: string; type?: string; primary?: boolean }[] | null;
  mailRefused: string | null;
  role: Role;
  state: "invited" | "active" | "suspended";
  userId: string | null;
  connectionId: string | null;
  connectionName: string | null;
  overrideUntil: Date | null;
  isOverridden: boolean;
  teams: { id: string; name: string }[];
  createdAt: Date;
  joinedAt: Date | null;
  lastActiveAt: Date | null;
};

type Allowed = "suspend" | "reactivate" | "make_admin" | "make_member" | "resend_invite" | "cancel_invite" | "override";

/** What an admin may do with a person in the app. Managed people are changed where they are managed, or for an hour here. */
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

/** Whether somebody has named an address to sign in by: as userName, primary or work e-mail. */
function namesAddress({ userName, emails }: Pick<Row, "userName" | "emails">): boolean {
  const main = (emails ?? []).filter(({ type, primary }) => primary || type?.toLowerCase() === "work");
  return [userName, ...main.map(({ value }) => value ?? "")].some((text) => parseAddress(text) !== null);
}

/** Why somebody without a login address waits, or null. */
function whyWaiting(row: Pick<Row, "state" | "address" | "userName" | "emails">): string | null {
  if (row.state !== "invited" || row.address !== null) return null;
  return namesAddress(row) ? "Address in use by another member" : "Waiting for an address";
}

function shown(row: Row) {
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

/** Why somebody is changed elsewhere; null of people whom nobody manages. */
function reasonOf({ connectionId, connectionName, isOverridden }: Row): string | null {
  if (connectionId === null) return null;
  const owner = `Managed by ${connectionName}.`;
  return isOverridden ? `${owner} Open for changes here; its next push wins.` : `${owner} Change it there.`;
}

/** A page of the people of a workspace, newest last, with how many match. Search reads names and addresses. */
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
  return { members: page.map(shown), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null, total };
}

/** A membership of a signed-in person, if it gives access now. */
export async function findAccess(userId: string, slug: string) {
  return one<{ id: string; role: Role; workspaceId: string; workspaceName: string; slug: string }>(sql`
    SELECT m.id, m.role, w.id AS "workspaceId", w.name AS "workspaceName", w.slug FROM "Workspace" w
    JOIN "Membership" m ON m."workspaceId" = w.id AND m."userId" = ${userId} AND m.state = 'active' WHERE w.slug = ${slug}`);
}

/** Notes that a person was here, at most every five minutes. */
export async function touchMembership(workspaceId: string, membershipId: string): Promise<void> {
  await runAside(sql`
    UPDATE "Membership" SET "lastActiveAt" = now() WHERE "workspaceId" = ${workspaceId} AND id = ${membershipId}
    AND ("lastActiveAt" IS NULL OR "lastActiveAt" < now() - interval '5 minutes')`);
}

export function listAdmins(workspaceId: string) {
  return all<{ name: string; email: string }>(sql`
    SELECT coalesce(muster_display_name(m.attributes, m."givenName", m."familyName"), '') AS name, m.address AS email
    FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} AND m.role = 'admin' AND m.state = 'active' AND m.address IS NOT NULL ORDER BY m.id LIMIT 20`);
}

function changeInApp(
  actor: Actor,
  membershipId: string,
  decide: (situation: Situation, membership: Membership) => Promise<unknown>,
): Promise<void> {
  const change = () =>
    inWorkspace(actor.workspaceId, async (tx, workspace) => {
      const situation: Situation = { tx, actor, workspace, claims: await findClaims(tx, workspace.id), notes: [] };
      const [membership] = await Promise.all([
        findMembership(tx, workspace.id, membershipId),
        requireLiveToken(tx, actor),
      ]);
      if (!membership) throw notFound("member");
      await requireUnlocked(tx, actor, membership, workspace.now);
      await decide(situation, membership);
    });
  return orHold(actor, change);
}

export function suspendMember(actor: Actor, membershipId: string): Promise<void> {
  return changeInApp(actor, membershipId, async (situation, membership) => {
    if (membership.state !== "active") throw new Refusal("state_conflict", "Only an active member can be suspended.");
    return updateMembership(situation.tx, await suspend(situation, membership));
  });
}

export function reactivateMember(actor: Actor, membershipId: string): Promise<void> {
  return changeInApp(actor, membershipId, async (situation, membership) => {
    if (membership.state !== "suspended") throw new Refusal("state_conflict", "This member is not suspended.");
    const back = await reactivate(situation, membership, [membership.address ?? membership.userName]);
    const saved = await updateMembership(situation.tx, back.membership);
    await sendReactivationMails(situation, saved, back.mails, 0);
    return saved;
  });
}

export function updateRole(actor: Actor, membershipId: string, role: Role): Promise<void> {
  return changeInApp(actor, membershipId, async (situation, membership) => {
    const next = await changeRole(situation, membership, role);
    if (next === membership) return;
    const isSaid = membership.saidRole !== null || (await findMappedRoles(situation.tx, membership)).length > 0;
    await updateMembership(situation.tx, { ...next, roleOverridden: membership.connectionId !== null && isSaid });
  });
}

export type NewMember = { address: string; firstName: string; lastName: string; role: Role };

/** A person made by the app or the operator, not by an identity provider: their names are stored as SCIM will show them. */
export async function insertMember(tx: Tx, actor: Actor, person: NewMember): Promise<Membership> {
  const parsed = parseAddress(person.address);
  if (!parsed) throw new Refusal("address_not_valid", `${JSON.stringify(person.address)} is not an e-mail address.`);
  const { address } = parsed;
  const [firstName, lastName] = [typedName(person.firstName, 100), typedName(person.lastName, 100)];
  const known = await findUserByAddress(tx, address);
  const user = known ?? createUser(tx, { email: address, firstName, lastName, confirmed: true });
  const name = nameAttributes(firstName, lastName);
  const email = emailAttributes(address);
  const membership = await insertMembership(tx, {
    workspaceId: actor.workspaceId,
    id: newId(),
    state: "active",
    role: person.role,
    saidRole: null,
    userId: user.id,
    address,
    userName: address,
    userNameKey: addressKey(address),
    externalId: null,
    givenName: firstName,
    familyName: lastName,
    attributes: { ...name.attributes, ...email.attributes },
    folded: { ...name.folded, ...email.folded },
    connectionId: null,
  });
  const after = { state: "active", role: person.role };
  record(tx, actor, "membership.created", membershipTarget(membership), { after });
  noteFirstSeat(tx, actor, membership.id);
  return membership;
}
