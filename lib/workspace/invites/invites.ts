import { addressKey } from "@/lib/address";
import { type InviteModel, type MembershipModel, one, sql, type Tx, type WorkspaceModel } from "@/lib/db";
import { findUserByAddress } from "@/lib/workspace/accounts/accounts";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { addMail } from "@/lib/workspace/mail/outbox";
import { findMembership, type Membership, membershipTarget } from "@/lib/workspace/membership/row";
import { leaveTeams } from "@/lib/workspace/membership/team-members";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { hashSecret, newSecret } from "@/lib/workspace/seal";
import { freeSeat } from "@/lib/workspace/seats/seats";
import { inWorkspace, type Workspace } from "@/lib/workspace/transaction";

/** Days that an invite's link works. The seat stays taken until the invite is cancelled. */
const linkDays = 7;

/** Ends a membership's live link, if there is one. */
export async function endInvite(tx: Tx, workspaceId: string, membershipId: string): Promise<void> {
  await tx.run(
    sql`UPDATE "Invite" SET "endedAt" = now() WHERE "workspaceId" = ${workspaceId} AND "membershipId" = ${membershipId} AND "acceptedAt" IS NULL AND "endedAt" IS NULL`,
  );
}

/** Invites that a workspace may email per day (T33). Further invites wait for the next day; none is refused. */
const invitesPerDay = 1_000;

/** Seconds that an invite waits beyond its own delay when the workspace has used up its daily share (UTC). */
async function waitForShare(tx: Tx, workspaceId: string): Promise<number> {
  const row = await tx.one<{ days: number; left: number }>(sql`
    SELECT count(*) / ${invitesPerDay}::int AS days, extract(epoch FROM date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day' - now() AT TIME ZONE 'UTC')::float8 AS left
    FROM "Invite" WHERE "workspaceId" = ${workspaceId} AND "createdAt" >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'`);
  return row && row.days > 0 ? row.left + (row.days - 1) * 86_400 : 0;
}

/** Creates a new link for an invited membership and emails it. Older links stop working. */
export async function sendInvite(
  tx: Tx,
  actor: Actor,
  workspace: Workspace,
  membership: Membership,
  delay: number,
): Promise<void> {
  if (membership.address === null) return; // the person has no email address yet
  await endInvite(tx, workspace.id, membership.id);
  const wait = await waitForShare(tx, workspace.id);
  const secret = newSecret();
  const id = newId();
  await tx.run(sql`
    INSERT INTO "Invite" ("workspaceId", id, "membershipId", "addressKey", "secretHash", "invitedBy", "expiresAt")
    VALUES (${workspace.id}, ${id}, ${membership.id}, ${addressKey(membership.address)}, ${hashSecret(secret)}, ${actor.name},
            now() + make_interval(days => ${linkDays}, secs => ${wait}))`);
  const data = { workspace: workspace.name, invitedBy: actor.kind === "member" ? actor.name : "" };
  addMail(tx, {
    kind: "invite",
    to: membership.address,
    workspaceId: workspace.id,
    data,
    secret,
    dedupeKey: `invite ${id}`,
    delay: delay + wait,
  });
}

export type Found = Pick<InviteModel, "id" | "workspaceId" | "membershipId" | "acceptedAt" | "endedAt" | "invitedBy"> &
  Pick<MembershipModel, "state"> &
  Pick<WorkspaceModel, "slug"> & {
    expired: boolean;
    address: string;
    workspaceName: string;
    firstName: string;
    lastName: string;
  };

export function findBySecret(tx: Pick<Tx, "one">, secret: string): Promise<Found | null> {
  return tx.one<Found>(sql`
    SELECT i.id, i."workspaceId", i."membershipId", i."expiresAt" <= now() AS expired, i."acceptedAt", i."endedAt", i."invitedBy",
           m.state, m.address, w.name AS "workspaceName", w.slug,
           coalesce(nullif(u."firstName", ''), m."givenName") AS "firstName", coalesce(nullif(u."lastName", ''), m."familyName") AS "lastName"
    FROM "Invite" i
    JOIN "Membership" m ON m."workspaceId" = i."workspaceId" AND m.id = i."membershipId"
    JOIN "Workspace" w ON w.id = i."workspaceId"
    LEFT JOIN "User" u ON u."emailKey" = i."addressKey"
    WHERE i."secretHash" = ${hashSecret(secret)}`);
}

export function isLive(invite: Found): boolean {
  return !invite.expired && invite.acceptedAt === null && invite.endedAt === null && invite.state === "invited";
}

/** The data for an invite's page, or null when the link is dead: used, cancelled, replaced, expired or never created. */
export async function findInvite(secret: string) {
  const invite = await findBySecret({ one }, secret);
  if (!invite || !isLive(invite)) return null;
  const account = await findUserByAddress({ one }, invite.address);
  return {
    address: invite.address,
    /** The email address has an account: accepting requires signing in to it. */
    hasAccount: account !== null,
    workspace: { name: invite.workspaceName, slug: invite.slug },
    invitedBy: invite.invitedBy,
    firstName: invite.firstName,
    lastName: invite.lastName,
  };
}

/** The slug of the workspace that the user joined by this invite, or null. Lets people reopen a used link. */
export async function findJoined(secret: string, userId: string): Promise<string | null> {
  const row = await one<Pick<WorkspaceModel, "slug">>(sql`
    SELECT w.slug FROM "Invite" i JOIN "Workspace" w ON w.id = i."workspaceId"
    JOIN "Membership" m ON m."workspaceId" = i."workspaceId" AND m."userId" = ${userId} AND m.state = 'active'
    JOIN "User" u ON u.id = m."userId"
    WHERE i."secretHash" = ${hashSecret(secret)} AND (m.id = i."membershipId" OR u."emailKey" = i."addressKey")`);
  return row?.slug ?? null;
}

/** Sends an invite again with a new link. */
export function resendInvite(actor: Actor, membershipId: string): Promise<void> {
  return inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const membership = await findInvited(tx, actor, membershipId);
    if (membership.address === null) {
      throw refusal("state_conflict.noAddress", { name: membership.userName });
    }
    await sendInvite(tx, actor, workspace, membership, 0);
    record(tx, actor, "invite.resent", membershipTarget(membership));
  });
}

/** Cancels an invite for good; the seat is free again. */
export function cancelInvite(actor: Actor, membershipId: string): Promise<void> {
  return inWorkspace(actor.workspaceId, async (tx) => {
    const membership = await findInvited(tx, actor, membershipId);
    if (membership.connectionId !== null) {
      throw refusal("managed.person");
    }
    await endInvite(tx, actor.workspaceId, membership.id);
    await leaveTeams(tx, membership);
    await tx.run(
      sql`UPDATE "Membership" SET state = 'ended', "endedAt" = now(), version = version + 1, "updatedAt" = now() WHERE "workspaceId" = ${actor.workspaceId} AND id = ${membership.id}`,
    );
    freeSeat(tx, actor, membership.id);
    const change = { before: { state: membership.state }, after: { state: "ended" } };
    record(tx, actor, "invite.cancelled", membershipTarget(membership), change);
  });
}

async function findInvited(tx: Tx, actor: Actor, membershipId: string): Promise<Membership> {
  const membership = await findMembership(tx, actor.workspaceId, membershipId);
  if (!membership) throw notFound("member");
  if (membership.state !== "invited") throw refusal("state_conflict.notInvited");
  return membership;
}
