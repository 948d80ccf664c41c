import { all, fragment, type Role, sql, type Tx } from "@/lib/db";
import { announceLeftBehind } from "@/lib/workspace/access/givers";
import { record } from "@/lib/workspace/audit/record";
import { keepWithinHold } from "@/lib/workspace/holds/hold";
import { addMail, mailAdmins } from "@/lib/workspace/mail/outbox";
import { type Membership, membershipTarget, updateMembership } from "@/lib/workspace/membership/row";
import { decideRole } from "@/lib/workspace/membership/rules";
import type { Context } from "./context";
import { keepLastAdmin, whyLastAdmin } from "./suspend";

/** Gives a role, under the last-admin rule. Every new admin is audited and announced by email (T06). */
export async function changeRole(context: Context, membership: Membership, role: Role): Promise<Membership> {
  if (membership.role === role) return membership;
  if (role === "member") {
    await keepLastAdmin(context, membership);
    await keepWithinHold(context, membership, { action: "demote" });
    await announceLeftBehind(context.tx, context.workspace, membership);
  }
  const change = { before: { role: membership.role }, after: { role } };
  record(context.tx, context.actor, "membership.role_changed", membershipTarget(membership), change);
  const next = { ...membership, role };
  if (role === "admin") await announceAdmin(context, next);
  return next;
}

/** Emails the admins, and the person, about a new admin. */
export async function announceAdmin({ tx, actor, workspace }: Context, membership: Membership): Promise<void> {
  const who = membership.address ?? membership.userName;
  const cause = `${membership.id} ${membership.version}`;
  await mailAdmins(tx, workspace, "admin_granted", { who, by: actor.name }, cause);
  if (membership.address === null) return;
  const data = { workspace: workspace.name, slug: workspace.slug, who, by: actor.name };
  const dedupeKey = `admin_granted ${cause} ${membership.address}`;
  addMail(tx, { kind: "admin_granted", to: membership.address, workspaceId: workspace.id, data, dedupeKey });
}

/** Whether an identity provider may make admins, and where to note that it may not. */
type Grant = { workspace: Pick<Context["workspace"], "scimMayGrantAdmin">; notes: string[] };

/** Grants admin on behalf of an identity provider only when an admin has allowed it. Existing admins stay admins. */
export function grantedRole({ workspace, notes }: Grant, current: Role, wanted: Role): Role {
  if (wanted !== "admin" || current === "admin" || workspace.scimMayGrantAdmin) return wanted;
  const note = 'The admin role was not granted: "Identity provider may make admins" is off under Security.';
  if (!notes.includes(note)) notes.push(note);
  return current;
}

/** The roles of a person's mapped teams. */
export async function findMappedRoles(tx: Tx, membership: Pick<Membership, "workspaceId" | "id">): Promise<Role[]> {
  const rows = await tx.all<{ role: Role }>(sql`
    SELECT r.role FROM "TeamMember" tm JOIN "TeamRole" r ON r."workspaceId" = tm."workspaceId" AND r."teamId" = tm."teamId"
    WHERE tm."workspaceId" = ${membership.workspaceId} AND tm."membershipId" = ${membership.id}`);
  return rows.map(({ role }) => role);
}

/** The role an identity provider names now (undefined when it sends none), and the role that its values named before. */
export type RoleChange = { saidRole: Role | null | undefined; heldRole: Role | null };

/**
 * Applies a role sent by an identity provider. Its next push replaces a role that an admin gave in the app (D-09), and it can withdraw a
 * role that another, now disconnected provider set (D-41).
 */
export async function followProvidedRole(
  context: Context,
  membership: Membership,
  { saidRole, heldRole }: RoleChange,
): Promise<Membership> {
  const named = saidRole === undefined ? membership.saidRole : saidRole;
  const isWithdrawn = saidRole === null && heldRole !== null;
  if (named === membership.saidRole && !membership.roleOverridden && !isWithdrawn) return membership;
  const mapped = await findMappedRoles(context.tx, membership);
  const hadSource = membership.saidRole !== null || isWithdrawn || mapped.length > 0;
  const role = grantedRole(context, membership.role, decideRole([named, ...mapped], hadSource, membership.role));
  const next = await changeRole(context, membership, role);
  return { ...next, saidRole: named, roleOverridden: false };
}

/** The role that a person has after their mapped teams have changed. `hadSource`: they were in a mapped team before. */
export function followedRole(
  grant: Grant,
  { role, saidRole, mapped }: Pick<Membership, "role" | "saidRole"> & { mapped: readonly Role[] },
  hadSource: boolean,
): Role {
  return grantedRole(grant, role, decideRole([saidRole, ...mapped], hadSource || saidRole !== null, role));
}

/**
 * Decides roles again after mapped teams have changed. `hadSource`: these people were in a mapped team before. The last admin keeps the
 * role, and a banner names them (D-45).
 */
export async function followTeams(context: Context, membershipIds: readonly string[], hadSource: boolean) {
  const { tx, workspace } = context;
  const people = await tx.all<Membership & { mapped: Role[] }>(sql`
    SELECT m.*, ARRAY(SELECT r.role::text FROM "TeamMember" tm JOIN "TeamRole" r ON r."workspaceId" = tm."workspaceId" AND r."teamId" = tm."teamId"
      WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id) AS mapped
    FROM "Membership" m WHERE m."workspaceId" = ${workspace.id} AND m.id = ANY(${membershipIds}::uuid[]) AND m.state <> 'ended' ORDER BY m.id FOR UPDATE`);
  for (const { mapped, ...person } of people) {
    const role = followedRole(context, { ...person, mapped }, hadSource);
    if (role !== person.role) await followTeam(context, person, role);
  }
}

async function followTeam(context: Context, person: Membership, role: Role): Promise<void> {
  const { tx, actor, notes } = context;
  const why = role === "member" ? await whyLastAdmin(context, person) : null;
  if (why === null) {
    await updateMembership(tx, await changeRole(context, person, role));
    return;
  }
  notes.push(`${person.address ?? person.userName} stays an admin: nobody else is one.`);
  record(tx, actor, "membership.role_kept", membershipTarget(person), { after: { role: person.role, why } });
  tx.send(
    sql`UPDATE "Membership" SET "keptAdminAt" = now() WHERE "workspaceId" = ${person.workspaceId} AND id = ${person.id}`,
  );
}

/** Members whose identity provider names them admin, directly or by a mapped team. */
const wouldBeAdmins = (workspaceId: string) => fragment`
  FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} AND m.state <> 'ended' AND m.role = 'member' AND (m."saidRole" = 'admin' OR EXISTS (
    SELECT 1 FROM "TeamMember" tm JOIN "TeamRole" r ON r."workspaceId" = tm."workspaceId" AND r."teamId" = tm."teamId"
    WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id AND r.role = 'admin')) ORDER BY m."userNameKey"`;

/** The people who would become admins at once if identity providers could grant it, for the confirmation dialog. */
export function listWouldBeAdmins(workspaceId: string) {
  return all<{ id: string; name: string }>(
    sql`SELECT m.id, coalesce(m.address, m."userName") AS name ${wouldBeAdmins(workspaceId)}`,
  );
}

/** Grants these admin roles, once identity providers may grant admin. */
export async function grantHeldRoles(context: Context): Promise<void> {
  const people = await context.tx.all<Membership>(
    sql`SELECT m.* ${wouldBeAdmins(context.workspace.id)} FOR UPDATE OF m`,
  );
  for (const person of people) {
    await updateMembership(context.tx, await changeRole(context, person, "admin"));
  }
}

/** Active admins who would have lost the role through a team change in the last week, but were the only admin. */
export function listKeptAdmins(workspaceId: string) {
  return all<{ id: string; name: string }>(sql`
    SELECT m.id, coalesce(m.address, m."userName") AS name FROM "Membership" m
    WHERE m."workspaceId" = ${workspaceId} AND m.role = 'admin' AND m.state = 'active' AND m."keptAdminAt" > now() - interval '7 days'
    ORDER BY m.id`);
}
