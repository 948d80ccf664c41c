import { type MembershipState, sql, type Tx } from "@/lib/db";
import { announceLeftBehind } from "@/lib/workspace/access/givers";
import { endSessions } from "@/lib/workspace/accounts/accounts";
import { record } from "@/lib/workspace/audit/record";
import type { Claims } from "@/lib/workspace/claims/claims";
import { keepWithinHold } from "@/lib/workspace/holds/hold";
import { endInvite } from "@/lib/workspace/invites/invites";
import { countOtherAdmins, type Membership, membershipTarget } from "@/lib/workspace/membership/row";
import { whyKeepAdmin } from "@/lib/workspace/membership/rules";
import { refusal } from "@/lib/workspace/refusal";
import { freeSeat, takeSeat } from "@/lib/workspace/seats/seats";
import { type Admission, admit, mailMember, sendAdmissionMails } from "./admit";
import type { Context } from "./context";

/** Why this person must stay an active admin, or null. */
export async function whyLastAdmin({ tx }: Context, membership: Membership): Promise<"last_admin" | null> {
  if (membership.role !== "admin" || membership.state !== "active") return null;
  return whyKeepAdmin(membership, await countOtherAdmins(tx, membership));
}

/** Refuses a change that would leave the workspace without an active admin. */
export async function keepLastAdmin(context: Context, membership: Membership): Promise<void> {
  if ((await whyLastAdmin(context, membership)) !== null) {
    throw refusal("last_admin.last", { name: membership.address ?? membership.userName });
  }
}

/** Takes away access: the seat, and the sessions when this workspace has verified the login address's domain. */
export async function suspend(context: Context, membership: Membership): Promise<Membership> {
  const { tx, actor, workspace, claims } = context;
  await keepLastAdmin(context, membership);
  const isCounted = await keepWithinHold(context, membership, { action: "suspend" });
  await announceLeftBehind(tx, workspace, membership);
  const wasInvited = membership.state === "invited";
  if (wasInvited) await endInvite(tx, workspace.id, membership.id);
  else mailMember(tx, workspace, membership, "suspended");
  if (membership.userId !== null) await endSessionsOf(tx, workspace.id, membership, claims);
  freeSeat(tx, actor, membership.id, isCounted);
  const action = wasInvited ? "invite.cancelled" : "membership.suspended";
  const change = { before: { state: membership.state }, after: { state: "suspended" } };
  record(tx, actor, action, membershipTarget(membership), change);
  return { ...membership, state: "suspended" };
}

/**
 * Doesn't affect other workspaces, unless this workspace has verified the email address's domain or the person has no other workspace to
 * sign in to.
 */
export async function endSessionsOf(
  tx: Tx,
  workspaceId: string,
  { userId, address }: Membership,
  claims: Claims,
): Promise<void> {
  if (userId === null) return;
  const domain = address?.slice(address.lastIndexOf("@") + 1).toLowerCase() ?? "";
  const elsewhere = await tx.one(
    sql`SELECT 1 FROM "Membership" WHERE "userId" = ${userId} AND "workspaceId" <> ${workspaceId} AND state = 'active' LIMIT 1`,
  );
  if (claims.verified.has(domain) || !elsewhere) await endSessions(tx, userId);
}

/** Gives access back: same row, role and teams. Without an account, `admit` decides again. */
export async function reactivate(
  context: Context,
  membership: Membership,
  candidates: string[],
  from: MembershipState = "suspended",
): Promise<{ membership: Membership; mails: (Admission["mails"][number] | "reactivated")[] }> {
  const { tx, actor, workspace } = context;
  await takeSeat(tx, actor, workspace, membership.id, membership.address ?? membership.userName);
  const admission =
    membership.userId === null
      ? await admit(context, { ...membership, candidates })
      : { state: "active" as const, userId: membership.userId, address: membership.address, mails: [] };
  const mails = membership.userId === null ? admission.mails : (["reactivated"] as const);
  const { state, userId, address } = admission;
  const change = { before: { state: from }, after: { state } };
  record(tx, actor, "membership.reactivated", membershipTarget(membership), change);
  return { membership: { ...membership, state, userId, address }, mails: [...mails] };
}

export async function sendReactivationMails(
  context: Context,
  membership: Membership,
  mails: (Admission["mails"][number] | "reactivated")[],
  inviteDelay: number,
): Promise<void> {
  if (mails.includes("reactivated")) mailMember(context.tx, context.workspace, membership, "reactivated");
  const others = mails.filter((kind) => kind !== "reactivated");
  await sendAdmissionMails(context, membership, others, inviteDelay);
}
