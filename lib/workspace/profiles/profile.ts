import { type AuditEventModel, type InviteModel, type MembershipModel, one, type Role, sql } from "@/lib/db";
import { translator } from "@/lib/messages/translator";
import { isVerifiedDomain } from "@/lib/workspace/claims/verified";
import { type MemberRow, memberColumns, toView } from "@/lib/workspace/members/list";
import { notFound } from "@/lib/workspace/refusal";
import { listSessions } from "./sessions";

// A member's page: what the workspace knows about one person. Ended memberships keep theirs, because their history stays.

/** A team of the person: who put them in it isn't stored, but a managed team is its identity provider's. */
type MemberOf = { id: string; name: string; managedBy: string | null; role: Role | null; since: string };

type Row = MemberRow &
  Pick<
    MembershipModel,
    | "externalId"
    | "givenName"
    | "familyName"
    | "saidRole"
    | "roleOverridden"
    | "keptAdminAt"
    | "suspendedAt"
    | "endedAt"
  > & {
    memberOf: MemberOf[];
    isVerifiedHere: boolean;
    mayGrantAdmin: boolean;
    /** Who changed the state last; null if it isn't recorded. */
    changedBy: AuditEventModel["actorName"];
    inviteExpiresAt: InviteModel["expiresAt"] | null;
  };

/** One person, by their permanent id. Throws a refusal if this workspace has never had them. */
export async function findProfile(workspaceId: string, id: string) {
  const row = await one<Row>(sql`
    SELECT ${memberColumns}, m."externalId", m."givenName", m."familyName", m."saidRole", m."roleOverridden", m."keptAdminAt", m."suspendedAt", m."endedAt",
      coalesce((SELECT json_agg(json_build_object('id', t.id, 'name', t.name, 'managedBy', tc.name, 'role', r.role,
          'since', to_char(tm."createdAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY t."nameKey")
        FROM "TeamMember" tm JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId"
        LEFT JOIN "Connection" tc ON tc."workspaceId" = t."workspaceId" AND tc.id = t."connectionId"
        LEFT JOIN "TeamRole" r ON r."workspaceId" = t."workspaceId" AND r."teamId" = t.id
        WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id), '[]') AS "memberOf",
      EXISTS (SELECT 1 FROM "Domain" d WHERE d."workspaceId" = m."workspaceId" AND d.name = split_part(m."addressKey", '@', -1) AND ${isVerifiedDomain}) AS "isVerifiedHere",
      w."scimMayGrantAdmin" AS "mayGrantAdmin",
      (SELECT e."actorName" FROM "AuditEvent" e WHERE e."workspaceId" = m."workspaceId" AND e."targetId" = m.id::text
        AND e.action = ANY(CASE m.state WHEN 'ended' THEN '{membership.ended}'::text[] WHEN 'suspended' THEN '{membership.suspended,invite.cancelled}'::text[]
          WHEN 'invited' THEN '{membership.invited,membership.created,membership.reactivated}'::text[] ELSE '{membership.joined,membership.created,membership.reactivated}'::text[] END)
        ORDER BY e.id DESC LIMIT 1) AS "changedBy",
      (SELECT i."expiresAt" FROM "Invite" i WHERE i."workspaceId" = m."workspaceId" AND i."membershipId" = m.id AND i."acceptedAt" IS NULL AND i."endedAt" IS NULL) AS "inviteExpiresAt"
    FROM "Membership" m JOIN "Workspace" w ON w.id = m."workspaceId" LEFT JOIN "Connection" c ON c."workspaceId" = m."workspaceId" AND c.id = m."connectionId"
    WHERE m."workspaceId" = ${workspaceId} AND m.id = ${id}`);
  if (!row) throw notFound("member");
  return toProfile(row, await listSessions(workspaceId, id));
}

function toProfile(row: Row, sessions: Awaited<ReturnType<typeof listSessions>>) {
  const view = toView(row);
  return {
    ...view,
    because: view.waiting ?? whyState(row),
    firstName: row.givenName,
    lastName: row.familyName,
    externalId: row.externalId,
    hasSeat: row.state === "invited" || row.state === "active",
    hasAccount: row.userId !== null,
    suspendedAt: row.state === "suspended" ? (row.suspendedAt?.toISOString() ?? null) : null,
    endedAt: row.endedAt?.toISOString() ?? null,
    inviteExpiresAt: row.inviteExpiresAt?.toISOString() ?? null,
    memberOf: row.memberOf,
    roleFrom: roleFrom(row),
    sessions,
  };
}

/** Why the person is in their state, as a sentence; null if there is nothing to explain. */
function whyState(row: Row): string | null {
  if (row.state === "invited") return whyInvited(row);
  if (row.state === "active" || !row.changedBy) return null;
  return translator("members")(`because.${row.state}`, { by: row.changedBy });
}

function whyInvited({ address, connectionId, isVerifiedHere, inviteExpiresAt, changedBy }: Row): string | null {
  const t = translator("members");
  const domain = address?.split("@").pop() ?? "";
  if (connectionId !== null && !isVerifiedHere) return t("because.notVerified", { domain });
  if (inviteExpiresAt !== null && inviteExpiresAt < new Date()) return t("because.inviteExpired");
  return changedBy ? t("because.invited", { by: changedBy }) : null;
}

/** Where the role comes from, as sentences. */
function roleFrom(row: Row): string[] {
  const { role, saidRole, roleOverridden, memberOf, connectionName, mayGrantAdmin, keptAdminAt } = row;
  const t = translator("members");
  const connection = connectionName ?? "";
  const admins = memberOf.filter((team) => team.role === "admin");
  const isAsked = saidRole === "admin" || admins.length > 0;
  if (roleOverridden) return [t("roleFrom.overridden", { connection })];
  if (role === "member" && isAsked && !mayGrantAdmin) return [t("roleFrom.notGranted", { connection })];
  const sources = admins.map(({ name }) => t("roleFrom.team", { team: name }));
  if (saidRole === role) sources.unshift(t("roleFrom.attribute", { connection }));
  if (sources.length > 0 || role === "member") return sources;
  return [t(keptAdminAt === null ? "roleFrom.app" : "roleFrom.kept")];
}

/** Throws a refusal if this workspace has never had the person. */
export async function requirePerson(workspaceId: string, id: string): Promise<void> {
  const row = await one(sql`SELECT 1 FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND id = ${id}`);
  if (!row) throw notFound("member");
}
