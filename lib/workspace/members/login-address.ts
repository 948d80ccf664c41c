import { addressKey } from "@/lib/address";
import { findUserByAddress, isShared } from "@/lib/workspace/accounts/accounts";
import { askOwner, endOpenChange, lockAccount, mailMoved, moveAccount } from "@/lib/workspace/accounts/address-change";
import { record } from "@/lib/workspace/audit/record";
import { keepWithinHold } from "@/lib/workspace/holds/hold";
import { endInvite } from "@/lib/workspace/invites/invites";
import { type Membership, membershipTarget } from "@/lib/workspace/membership/row";
import { decideLoginAddress, isTombstone, type LoginAddress } from "@/lib/workspace/membership/rules";
import { type Admission, admit } from "./admit";
import type { Context } from "./context";

type Followed = { membership: Membership; mails: Admission["mails"] };

/**
 * Applies a change of userName or emails to the login address (D-25). The login address follows only between domains that are both verified
 * here; otherwise it stays, and the log names the condition that failed. `next` is the row after the change, `before` the row before it.
 */
export async function followLogin(
  context: Context,
  before: Membership,
  next: Membership,
  candidates: string[],
): Promise<Followed> {
  const stay = { membership: next, mails: [] };
  // a tombstone never moves the login address, whether this request suspends, an earlier or a later one does, or the name comes back
  if (isTombstone(next.userName) || isTombstone(before.userName)) return stay;
  const login = decideLoginAddress(candidates, context.claims.verified);
  if (!login) return stay;
  if (next.address !== null && addressKey(login.address) === addressKey(next.address)) {
    if (next.userId !== null) endOpenChange(context.tx, next); // back to the current address: there is nothing left to ask
    return stay;
  }
  if (next.userId === null) return followInvite(context, next, candidates, login);
  const why = await whyStays(context, before, next, login);
  if (why === null) return { membership: await followAccount(context, next, next.userId, login.address), mails: [] };
  context.notes.push(`The login address stays ${next.address}: ${why}`);
  return stay;
}

/** Moves an account that only this workspace uses. If another workspace also uses it, asks the owner instead. */
async function followAccount(context: Context, membership: Membership, userId: string, address: string) {
  const { tx, actor, workspace, notes } = context;
  const user = await lockAccount(tx, userId);
  if (!user) throw new Error("a linked account is not there");
  if (await isShared(tx, workspace.id, userId)) {
    await askOwner(tx, actor, workspace, membership, user, address);
    notes.push(
      `The login address stays ${user.email} until its owner confirms ${address}: another workspace uses the account, too. A link was mailed to ${user.email}.`,
    );
    return membership;
  }
  await keepWithinHold(context, membership, { action: "move", from: user.email, to: address });
  await moveAccount(tx, user, address);
  const change = { before: { address: user.email }, after: { address } };
  record(tx, actor, "membership.address_changed", membershipTarget(membership), change);
  mailMoved(tx, workspace, `${membership.id} ${membership.version}`, user.email, address);
  return { ...membership, address };
}

/** Why an account keeps its email address, or null when it follows. */
async function whyStays(
  context: Context,
  before: Membership,
  membership: Membership,
  login: LoginAddress,
): Promise<string | null> {
  const { claims, workspace, tx } = context;
  const oldDomain = membership.address?.split("@").pop()?.toLowerCase() ?? "";
  if (before.connectionId === null) return "the person was not managed by an identity provider before.";
  if (!claims.verified.has(oldDomain)) return `${oldDomain} is not verified here.`;
  if (!login.verified) return `${login.domain} is not verified here.`;
  if (membership.role === "admin" && !workspace.scimMayGrantAdmin) {
    return "the person is an admin, and SCIM may not grant admin here.";
  }
  const holder = await findUserByAddress(tx, login.address);
  return holder && holder.id !== membership.userId ? `another account has ${login.address}.` : null;
}

/** Applies an invited person's new email address: the old link dies, and `admit` decides again. */
async function followInvite(
  context: Context,
  membership: Membership,
  candidates: string[],
  login: LoginAddress,
): Promise<Followed> {
  if (membership.state !== "invited") {
    return { membership: { ...membership, address: login.address }, mails: [] };
  }
  await endInvite(context.tx, membership.workspaceId, membership.id);
  const { state, userId, address, mails } = await admit(context, { ...membership, candidates });
  const next = { ...membership, state, userId, address };
  if (state !== membership.state) recordChange(context, "membership.joined", membership, next, "state");
  return { membership: next, mails };
}

/**
 * An admin invited this email address as an admin. If an identity provider replaces the address, the person becomes a member instead,
 * unless the identity provider may grant admin (T06).
 */
export function keepAdminToAddress(context: Context, before: Membership, next: Membership): Membership {
  if (next.role !== "admin" || before.userId !== null || context.workspace.scimMayGrantAdmin) return next;
  if (next.address === null || addressKey(next.address) === addressKey(before.address ?? "")) return next;
  const member: Membership = { ...next, role: "member" };
  recordChange(context, "membership.role_changed", next, member, "role");
  return member;
}

/** Records the state or role that changed along with the login address (I7). */
function recordChange(
  { tx, actor }: Context,
  action: string,
  before: Membership,
  after: Membership,
  name: "state" | "role",
): void {
  record(tx, actor, action, membershipTarget(after), {
    before: { [name]: before[name] },
    after: { [name]: after[name] },
  });
}
