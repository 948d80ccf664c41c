import { addressKey } from "@/lib/address";
import { sql, type Tx } from "@/lib/db";
import { tellOfLeftBehind } from "@/lib/workspace/access/givers";
import { endSessions, findUserByAddress, isShared, linkAccount, type User } from "@/lib/workspace/accounts/accounts";
import { displayNameOf } from "@/lib/workspace/accounts/display-name";
import { freeAccount, isHandedOver, isInUse } from "@/lib/workspace/accounts/handover";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import type { Claims } from "@/lib/workspace/domains/claims";
import { keepWithinHold, type Wish } from "@/lib/workspace/holds/hold";
import { addMail } from "@/lib/workspace/mail/outbox";
import { Refusal } from "@/lib/workspace/refusal";
import { freeSeat, takeSeat } from "@/lib/workspace/seats/seats";
import type { Workspace } from "@/lib/workspace/transaction";
import { endInvite, sendInvite } from "./invites";
import { countOtherAdmins, type Membership, membershipTarget } from "./membership";
import { decideLoginAddress, type State, whyKeepAdmin } from "./rules";

/** What a decision about a person needs to know; `notes` collects what an admin should read in the log. */
export type Situation = {
  tx: Tx;
  actor: Actor;
  workspace: Workspace;
  claims: Claims;
  notes: string[];
  /** What the whole request wants, where it can be held and made later. */
  wish?: Wish;
  /** The accounts of all addresses that are asked for, where they were read ahead. */
  accounts?: ReadonlyMap<string, User>;
};

/** How somebody comes in: at once on a verified domain, by an invite elsewhere, or waiting for an address. */
export type Admission = {
  state: "active" | "invited";
  userId: string | null;
  address: string | null;
  mails: ("added" | "welcome" | "invite")[];
};

type Newcomer = { id: string; candidates: string[]; givenName: string; familyName: string };

/** The create decision (product.md §4c, DESIGN §5). Takes no seat and writes no membership. */
export async function admit(situation: Situation, person: Newcomer): Promise<Admission> {
  const login = decideLoginAddress(person.candidates, situation.claims.verified);
  if (!login) {
    situation.notes.push("Waiting for an address: neither userName nor an e-mail is one.");
    return { state: "invited", userId: null, address: null, mails: [] };
  }
  const { tx, workspace, notes } = situation;
  const known = await accountOf(situation, login.address);
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

async function accountOf({ tx, accounts }: Situation, address: string): Promise<User | null> {
  return accounts ? (accounts.get(addressKey(address)) ?? null) : findUserByAddress(tx, address);
}

/** An invited person on a domain that is verified here becomes a member: same row, the link dies. */
export async function admitInvited(
  situation: Situation,
  membership: Membership,
  candidates: string[],
): Promise<{ membership: Membership; mails: Admission["mails"] }> {
  const login = decideLoginAddress(candidates, situation.claims.verified);
  if (!login?.verified) return { membership, mails: [] };
  const { state, userId, address, mails } = await admit(situation, { ...membership, candidates });
  if (state !== "active") return { membership, mails: [] };
  await endInvite(situation.tx, membership.workspaceId, membership.id);
  const change = { before: { state: "invited" }, after: { state } };
  record(situation.tx, situation.actor, "membership.joined", membershipTarget(membership), change);
  return { membership: { ...membership, state, userId, address }, mails };
}

/** The mails of an admission, once the membership is written. */
export async function sendAdmissionMails(
  { tx, actor, workspace }: Situation,
  membership: Membership,
  mails: Admission["mails"],
  inviteDelay: number,
): Promise<void> {
  for (const kind of mails) {
    if (kind === "invite") await sendInvite(tx, actor, workspace, membership, inviteDelay);
    else mailMember(tx, workspace, membership, kind, Math.min(inviteDelay, testUserSeconds));
  }
}

/** Seconds that a new member's mails wait: some identity providers make a test user and take it back at once (scim.md A2). */
const testUserSeconds = 3;

function mailMember(
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

/** Why somebody must stay an active admin, or null. */
export async function whyLastAdmin({ tx }: Situation, membership: Membership): Promise<"last_admin" | null> {
  if (membership.role !== "admin" || membership.state !== "active") return null;
  return whyKeepAdmin(membership, await countOtherAdmins(tx, membership));
}

/** Refuses a change that would leave the workspace without an active admin. */
export async function keepLastAdmin(situation: Situation, membership: Membership): Promise<void> {
  if ((await whyLastAdmin(situation, membership)) !== null) {
    throw new Refusal(
      "last_admin",
      `${membership.address ?? membership.userName} is the last admin: this would leave the workspace without one. Make somebody else an admin first.`,
    );
  }
}

/** Takes access away: the seat, and the sessions where this workspace answers for the address. */
export async function suspend(situation: Situation, membership: Membership): Promise<Membership> {
  const { tx, actor, workspace, claims } = situation;
  await keepLastAdmin(situation, membership);
  const isCounted = await keepWithinHold(situation, membership, { action: "suspend" });
  await tellOfLeftBehind(tx, workspace, membership);
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

/** Other workspaces are untouched, unless the address is this workspace's to speak for or nothing else is left to sign in to. */
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

/** Gives access back: same row, role and teams. Without an account the create decision runs again. */
export async function reactivate(
  situation: Situation,
  membership: Membership,
  candidates: string[],
  from: State = "suspended",
): Promise<{ membership: Membership; mails: (Admission["mails"][number] | "reactivated")[] }> {
  const { tx, actor, workspace } = situation;
  await takeSeat(tx, actor, workspace, membership.id, membership.address ?? membership.userName);
  const admission =
    membership.userId === null
      ? await admit(situation, { ...membership, candidates })
      : { state: "active" as const, userId: membership.userId, address: membership.address, mails: [] };
  const mails = membership.userId === null ? admission.mails : (["reactivated"] as const);
  const { state, userId, address } = admission;
  const change = { before: { state: from }, after: { state } };
  record(tx, actor, "membership.reactivated", membershipTarget(membership), change);
  return { membership: { ...membership, state, userId, address }, mails: [...mails] };
}

export async function sendReactivationMails(
  situation: Situation,
  membership: Membership,
  mails: (Admission["mails"][number] | "reactivated")[],
  inviteDelay: number,
): Promise<void> {
  if (mails.includes("reactivated")) mailMember(situation.tx, situation.workspace, membership, "reactivated");
  const others = mails.filter((kind) => kind !== "reactivated");
  await sendAdmissionMails(situation, membership, others, inviteDelay);
}
