import { addressKey } from "@/lib/address";
import type { Tx } from "@/lib/db";
import { findUserByAddress, isShared, linkAccount, type User } from "@/lib/workspace/accounts/accounts";
import { displayNameOf } from "@/lib/workspace/accounts/display-name";
import { freeAccount, isHandedOver, isInUse } from "@/lib/workspace/accounts/handover";
import { record } from "@/lib/workspace/audit/record";
import { endInvite, sendInvite } from "@/lib/workspace/invites/invites";
import { addMail } from "@/lib/workspace/mail/outbox";
import { type Membership, membershipTarget } from "@/lib/workspace/membership/row";
import { decideLoginAddress } from "@/lib/workspace/membership/rules";
import type { Workspace } from "@/lib/workspace/transaction";
import type { Context } from "./context";

/** How a person is admitted: as a member at once on a verified domain, by invite elsewhere, or waiting for an email address. */
export type Admission = {
  state: "active" | "invited";
  userId: string | null;
  address: string | null;
  mails: ("added" | "welcome" | "invite")[];
};

type Newcomer = { id: string; candidates: string[]; givenName: string; familyName: string };

/** Decides how a new person is admitted (D-32). Takes no seat and writes no membership. */
export async function admit(context: Context, person: Newcomer): Promise<Admission> {
  const login = decideLoginAddress(person.candidates, context.claims.verified);
  if (!login) {
    context.notes.push("Waiting for an email address: neither userName nor an e-mail is one.");
    return { state: "invited", userId: null, address: null, mails: [] };
  }
  const { tx, workspace, notes } = context;
  const known = await accountOf(context, login.address);
  if (known && (await isInUse(tx, workspace.id, known, person.id))) {
    notes.push(`Stored without an account: another member signs in as ${login.address}.`);
    return { state: "invited", userId: null, address: null, mails: [] };
  }
  if (!login.verified) {
    notes.push(`Invited instead of added, because ${login.domain} is not verified.`);
    return { state: "invited", userId: null, address: login.address, mails: ["invite"] };
  }
  if (known && (await isHandedOver(tx, workspace.id, known, person.id))) {
    if (await isShared(tx, workspace.id, known.id)) {
      notes.push(
        `Invited instead of added: ${login.address} had an account here before, and another workspace uses it.`,
      );
      return { state: "invited", userId: null, address: login.address, mails: ["invite"] };
    }
    await freeAccount(tx, workspace.id, known, person.id);
  }
  const names = { firstName: person.givenName, lastName: person.familyName };
  const { user, isNew } = await linkAccount(tx, known, login.address, names);
  return { state: "active", userId: user.id, address: login.address, mails: isNew ? ["added", "welcome"] : ["added"] };
}

async function accountOf({ tx, accounts }: Context, address: string): Promise<User | null> {
  return accounts ? (accounts.get(addressKey(address)) ?? null) : findUserByAddress(tx, address);
}

/** Turns an invited person on a verified domain into a member: same row, and the invite link dies. */
export async function admitInvited(
  context: Context,
  membership: Membership,
  candidates: string[],
): Promise<{ membership: Membership; mails: Admission["mails"] }> {
  const login = decideLoginAddress(candidates, context.claims.verified);
  if (!login?.verified) return { membership, mails: [] };
  const { state, userId, address, mails } = await admit(context, { ...membership, candidates });
  if (state !== "active") return { membership, mails: [] };
  await endInvite(context.tx, membership.workspaceId, membership.id);
  const change = { before: { state: "invited" }, after: { state } };
  record(context.tx, context.actor, "membership.joined", membershipTarget(membership), change);
  return { membership: { ...membership, state, userId, address }, mails };
}

/** Sends an admission's emails, once the membership is written. */
export async function sendAdmissionMails(
  { tx, actor, workspace }: Context,
  membership: Membership,
  mails: Admission["mails"],
  inviteDelay: number,
): Promise<void> {
  for (const kind of mails) {
    if (kind === "invite") await sendInvite(tx, actor, workspace, membership, inviteDelay);
    else mailMember(tx, workspace, membership, kind, Math.min(inviteDelay, testUserSeconds));
  }
}

/** Seconds to delay a new member's emails: JumpCloud creates a test user and deletes it at once. */
const testUserSeconds = 3;

export function mailMember(
  tx: Tx,
  workspace: Workspace,
  membership: Membership,
  kind: "added" | "welcome" | "suspended" | "reactivated",
  delay = 0,
): void {
  if (membership.address === null) return;
  addMail(tx, {
    kind,
    to: membership.address,
    workspaceId: workspace.id,
    data: {
      workspace: workspace.name,
      slug: workspace.slug,
      name: displayNameOf(membership) ?? "",
      membership: membership.id,
    },
    dedupeKey: `${kind} ${membership.id} ${membership.version}`,
    delay,
  });
}
