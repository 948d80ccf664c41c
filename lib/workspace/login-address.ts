import { sql } from "@/lib/db";
import { findUserByAddress, followAddress, resetAccount } from "./accounts";
import { record } from "./audit-log";
import { endInvite } from "./invites";
import { type Membership, membershipTarget } from "./membership";
import { addMail } from "./outbox";
import { decideLoginAddress, isTombstone, type LoginAddress } from "./rules";
import { type Admission, admit, type Situation } from "./standing";
import { addressKey } from "./text";

type Followed = { membership: Membership; mails: Admission["mails"] };

/**
 * What a change of userName or e-mails does to the login address (DESIGN §5): it follows only between
 * domains that are both verified here; otherwise it stays, and the log names the condition that failed.
 * `next` is the row as it will be, `before` as it was.
 */
export async function followLogin(
  situation: Situation,
  before: Membership,
  next: Membership,
  candidates: string[],
): Promise<Followed> {
  const stay = { membership: next, mails: [] };
  // whichever request suspends, this one, an earlier or a later one; nor does the way back touch it
  if (isTombstone(next.userName) || isTombstone(before.userName)) return stay;
  const login = decideLoginAddress(candidates, situation.claims.verified);
  if (!login || (next.address !== null && addressKey(login.address) === addressKey(next.address))) return stay;
  if (next.userId === null) return followInvite(situation, next, candidates, login);
  const why = await whyStays(situation, before, next, login);
  if (why === null) return { membership: await moveAccount(situation, next, login.address), mails: [] };
  situation.notes.push(`The login address stays ${next.address}: ${why}`);
  return stay;
}

/** Why an account keeps its address, or null when it follows. */
async function whyStays(
  situation: Situation,
  before: Membership,
  membership: Membership,
  login: LoginAddress,
): Promise<string | null> {
  const { claims, workspace, tx } = situation;
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

async function moveAccount({ tx, actor, workspace }: Situation, membership: Membership, address: string) {
  const old = membership.address ?? "";
  await tx.run(sql`
    UPDATE "User" SET email = ${address}, "emailKey" = ${addressKey(address)}, "emailVerified" = NULL WHERE id = ${membership.userId}`);
  await followAddress(tx, membership.userId ?? "", old, address);
  await resetAccount(tx, {
    id: membership.userId ?? "",
    email: old,
    emailVerified: null,
    firstName: "",
    lastName: "",
  });
  const change = { before: { address: old }, after: { address } };
  record(tx, actor, "membership.address_changed", membershipTarget(membership), change);
  for (const to of [old, address]) {
    addMail(tx, {
      kind: "address_changed",
      to,
      workspaceId: workspace.id,
      data: { workspace: workspace.name, old, new: address },
      dedupeKey: `address_changed ${membership.id} ${membership.version} ${to}`,
    });
  }
  return { ...membership, address };
}

/** An invited person's new address: the old link dies, and the create decision runs again. */
async function followInvite(
  situation: Situation,
  membership: Membership,
  candidates: string[],
  login: LoginAddress,
): Promise<Followed> {
  if (membership.state !== "invited") {
    return { membership: { ...membership, address: login.address }, mails: [] };
  }
  await endInvite(situation.tx, membership.workspaceId, membership.id);
  const { state, userId, address, mails } = await admit(situation, { ...membership, candidates });
  const next = { ...membership, state, userId, address };
  if (state !== membership.state) tell(situation, "membership.joined", membership, next, "state");
  return { membership: next, mails };
}

/**
 * Somebody was to be an admin under the address that an admin named. Under another one, which an identity provider named,
 * they are a member, unless it may grant admin (T06).
 */
export function keepAdminToAddress(situation: Situation, before: Membership, next: Membership): Membership {
  if (next.role !== "admin" || before.userId !== null || situation.workspace.scimMayGrantAdmin) return next;
  if (next.address === null || addressKey(next.address) === addressKey(before.address ?? "")) return next;
  const member: Membership = { ...next, role: "member" };
  tell(situation, "membership.role_changed", next, member, "role");
  return member;
}

/** Records what a followed address changed besides itself (I7). */
function tell(
  { tx, actor }: Situation,
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
