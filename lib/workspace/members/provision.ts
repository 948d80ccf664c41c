import { parseAddress } from "@/lib/address";
import { inTransaction, sql, type Tx } from "@/lib/db";
import { requireLiveToken } from "@/lib/workspace/access/live-token";
import { findUsersByAddress, followAccount, isShared, type User } from "@/lib/workspace/accounts/accounts";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { findClaims } from "@/lib/workspace/domains/claims";
import { dropWish, orHold } from "@/lib/workspace/holds/hold";
import { newId } from "@/lib/workspace/id";
import { Refusal } from "@/lib/workspace/refusal";
import { takeSeat } from "@/lib/workspace/seats/seats";
import { inWorkspaceWith } from "@/lib/workspace/transaction";
import { endMembership } from "./end";
import { provisioningInviteDelay } from "./invites";
import { followLogin, keepAdminToAddress } from "./login-address";
import { requireOwn, whyTaken } from "./managed";
import {
  findMembership,
  findMembershipByName,
  type Membership,
  membershipTarget,
  sendMembership,
  setConnection,
  updateMembership,
} from "./membership";
import { followSaidRole, grantedRole, tellOfAdmin } from "./roles";
import { decideLoginAddress, holdsSeat, type Role } from "./rules";
import {
  type Admission,
  admit,
  admitInvited,
  reactivate,
  type Situation,
  sendReactivationMails,
  suspend,
} from "./standing";

/** What an identity provider says of a person, in the workspace's words. */
export type Person = {
  userName: string;
  userNameKey: string;
  externalId: string | null;
  givenName: string;
  familyName: string;
  /** All other attributes: as they were said, and folded for filters. */
  attributes: Record<string, unknown>;
  folded: Record<string, unknown>;
  /** userName, primary e-mail, work e-mail: where the login address is looked for, in this order. */
  candidates: string[];
  /** undefined: nothing is said of it. */
  active: boolean | undefined;
  /** The role that the attributes speak of; null: they say nothing; undefined: they say what they said before. */
  saidRole: Role | null | undefined;
};

/** A person who is new, or thought to be: their attributes as the audit log may show them, too. */
export type NewPerson = Person & { told: Record<string, unknown> };

/** A change of somebody known: what they are to be, and whether their addresses were changed by it. */
export type PersonChange = Person & {
  addressesChanged: boolean;
  /** The role of which the attributes spoke before. */
  heldRole: Role | null;
  /** The attributes before and after, as the audit log may show them. */
  told: { before: Record<string, unknown>; after: Record<string, unknown> };
};

/** What became of a request: the row as it is now, the effect in a word, and what an admin should read in the log. */
type Outcome = { membership: Membership; effect: string; notes: string[] };

/** Reads what is told of a changed row, in the transaction of the change: an answer that can't be given changes nothing (I12). */
export type Show<Shown> = (tx: Tx, membership: Membership, isNew: boolean) => Promise<Shown> | Shown;

export type Told<Shown> = { effect: string; notes: string[]; shown: Shown };

async function tellOf<Shown>(tx: Tx, outcome: Outcome, show: Show<Shown>, isNew = false): Promise<Told<Shown>> {
  const { effect, notes, membership } = outcome;
  return { effect, notes, shown: await show(tx, membership, isNew) };
}

type Mails = (Admission["mails"][number] | "reactivated")[];

/** Work under the workspace's lock; `ahead` is read along with what every decision needs. */
function inSituation<Ahead, Result>(
  actor: Actor,
  ahead: (tx: Tx) => Promise<Ahead>,
  work: (situation: Situation, found: Ahead) => Promise<Result>,
  together = false,
): Promise<Result> {
  return inWorkspaceWith(
    actor.workspaceId,
    (tx) => Promise.all([findClaims(tx, actor.workspaceId), ahead(tx), requireLiveToken(tx, actor)]),
    (tx, workspace, [claims, found]) => work({ tx, actor, workspace, claims, notes: [] }, found),
    together,
  );
}

/** Whether the person reads as active to an identity provider: an invite that was not cancelled does. */
export function readsActive(membership: Pick<Membership, "state">): boolean {
  return holdsSeat(membership.state);
}

/** POST: a new person, or the adoption of one who is here and nobody manages. Refuses a managed one as taken. */
export function createPerson<Shown>(actor: Actor, person: NewPerson, show: Show<Shown>): Promise<Told<Shown>> {
  const addresses = person.candidates.map(parseAddress).flatMap((found) => found?.address ?? []);
  const ahead = (tx: Tx) =>
    Promise.all([findMembershipByName(tx, actor.workspaceId, person.userNameKey), findUsersByAddress(tx, addresses)]);
  const create = async (before: Situation, [known, accounts]: Awaited<ReturnType<typeof ahead>>) => {
    const situation = { ...before, accounts };
    requireDomain(situation);
    if (known && known.connectionId !== null) throw await whyTaken(situation.tx, actor, known, person.userName);
    if (!known) return tellOf(situation.tx, await insertPerson(situation, person), show, true);
    return tellOf(situation.tx, await adopt(situation, known, person), show);
  };
  return orHold(actor, () => inSituation(actor, ahead, create, true));
}

/** A POST for somebody whom nobody manages: what it says is theirs from now on. */
function adopt(situation: Situation, known: Membership, person: NewPerson): Promise<Outcome> {
  const { tx, workspace } = situation;
  const active = person.active ?? true;
  if (workspace.massChangeHold) dropWish(tx, workspace.id, known.id, active);
  const told = { before: known.attributes, after: person.told };
  return change(situation, known, { ...person, active, addressesChanged: true, heldRole: null, told });
}

function requireDomain({ claims }: Situation): void {
  if (claims.any) return;
  throw new Refusal(
    "no_verified_domain",
    "This workspace has no verified domain, so nobody can be added. Verify one under Workspace settings → Security → Domain verification.",
  );
}

/** People without a seat that a workspace may have; or as many as have one, where these are more. Nobody who is here is ever too many. */
const maxSeatless = 100_000;

function requireRoom({ memberCount, seatsUsed }: Situation["workspace"]): void {
  if (memberCount - seatsUsed < Math.max(maxSeatless, seatsUsed)) return;
  throw new Refusal(
    "limit_reached",
    `This workspace has ${memberCount - seatsUsed} people without a seat, and no more can be added. Delete some who won't come back.`,
  );
}

async function insertPerson(situation: Situation, person: Person): Promise<Outcome> {
  const { tx, actor, workspace, claims, notes } = situation;
  const id = newId();
  const isWanted = person.active !== false;
  if (!isWanted) requireRoom(workspace);
  if (isWanted) await takeSeat(tx, actor, workspace, id, person.userName);
  const admission = isWanted
    ? await admit(situation, { ...person, id })
    : {
        state: "suspended" as const,
        userId: null,
        address: decideLoginAddress(person.candidates, claims.verified)?.address ?? null,
        mails: [] as Mails,
      };
  const row = {
    ...stored(person),
    workspaceId: workspace.id,
    id,
    state: admission.state,
    userId: admission.userId,
    address: admission.address,
    role: grantedRole(situation, "member", person.saidRole ?? "member"),
    saidRole: person.saidRole ?? null,
    connectionId: actor.connectionId ?? null,
  };
  const membership = sendMembership(tx, row, workspace.now);
  const action = admission.state === "invited" ? "membership.invited" : "membership.created";
  const after = { state: membership.state, role: membership.role, userName: membership.userName };
  record(tx, actor, action, membershipTarget(membership), { after });
  if (membership.role === "admin") await tellOfAdmin(situation, membership);
  await sendReactivationMails(situation, membership, admission.mails, provisioningInviteDelay());
  const effect = `user.${admission.state === "active" ? "added" : admission.state}`;
  return { membership, effect, notes };
}

function stored({ userName, userNameKey, externalId, givenName, familyName, attributes, folded }: Person) {
  return { userName, userNameKey, externalId, givenName, familyName, attributes, folded };
}

/** Reads the row and says what it is to be; null leaves it as it is. Throws to refuse. */
export type Decide = (membership: Membership) => PersonChange | null;

/** Of a change: nothing of it touches state, role, seat or login; it says that the person is to have access. */
export type About = { profileOnly: boolean; isWanted: boolean };

/**
 * PUT and PATCH. With `profileOnly` only the person's own row is locked. The first change of an unmanaged person adopts them.
 */
export function changePerson<Shown>(
  actor: Actor,
  membershipId: string,
  decide: Decide,
  show: Show<Shown>,
  { profileOnly, isWanted }: About,
): Promise<Told<Shown>> {
  if (profileOnly) return changeProfile(actor, membershipId, decide, show);
  return orHold(actor, () => changeWhole(actor, membershipId, decide, show, isWanted));
}

async function changeProfile<Shown>(
  actor: Actor,
  membershipId: string,
  decide: Decide,
  show: Show<Shown>,
): Promise<Told<Shown>> {
  const save = async (tx: Tx) => {
    const [found] = await Promise.all([
      findMembership(tx, actor.workspaceId, membershipId),
      requireLiveToken(tx, actor),
    ]);
    const membership = await requireOwn(tx, actor, found, "user");
    if (membership.connectionId === null || membership.roleOverridden) return null; // more than the profile is decided
    const next = decide(membership);
    const outcome = await (next === null ? unchanged(tx, actor, membership) : saveProfile(tx, actor, membership, next));
    return tellOf(tx, outcome, show);
  };
  const saved = await inTransaction(membershipId, save, false, actor.workspaceId);
  return saved ?? changeWhole(actor, membershipId, decide, show, false);
}

function changeWhole<Shown>(
  actor: Actor,
  membershipId: string,
  decide: Decide,
  show: Show<Shown>,
  isWanted: boolean,
): Promise<Told<Shown>> {
  const byId = (tx: Tx) => findMembership(tx, actor.workspaceId, membershipId);
  return inSituation(actor, byId, async (situation, found) => {
    const membership = await requireOwn(situation.tx, actor, found, "user");
    if (situation.workspace.massChangeHold) dropWish(situation.tx, actor.workspaceId, membershipId, isWanted);
    const next = decide(membership);
    const outcome = await (next === null
      ? unchanged(situation.tx, actor, membership)
      : change(situation, membership, next));
    return tellOf(situation.tx, outcome, show);
  });
}

async function unchanged(tx: Tx, actor: Actor, membership: Membership): Promise<Outcome> {
  const connectionId = actor.connectionId ?? null;
  if (membership.connectionId === null && connectionId !== null) await setConnection(tx, membership, connectionId);
  dropWish(tx, actor.workspaceId, membership.id, false);
  return {
    membership: { ...membership, connectionId: membership.connectionId ?? connectionId },
    effect: "none",
    notes: [],
  };
}

async function saveProfile(tx: Tx, actor: Actor, before: Membership, person: PersonChange): Promise<Outcome> {
  const connectionId = before.connectionId ?? actor.connectionId ?? null;
  const membership = await updateMembership(tx, { ...before, ...stored(person), connectionId });
  await followNames(tx, before, membership);
  await recordUpdate(tx, actor, before, membership, person.told);
  return { membership, effect: "user.updated", notes: [] };
}

/** The account takes the name only where this workspace speaks for its domain, and no other one uses the account (T15). */
async function followNames(tx: Tx, before: Membership, after: Membership): Promise<void> {
  if (after.userId === null) return;
  if (before.givenName === after.givenName && before.familyName === after.familyName) return;
  if (await isShared(tx, after.workspaceId, after.userId)) return;
  const named = await tx.one<Pick<User, "id" | "firstName" | "lastName">>(sql`
    UPDATE "User" u SET "firstName" = ${after.givenName}, "lastName" = ${after.familyName}
    WHERE u.id = ${after.userId} AND EXISTS (
      SELECT 1 FROM "Domain" d WHERE d."workspaceId" = ${after.workspaceId} AND d.state IN ('verified', 'warning') AND d.name = split_part(u."emailKey", '@', 2))
    RETURNING id, "firstName", "lastName"`);
  if (named) await followAccount(tx, named);
}

async function recordUpdate(
  tx: Tx,
  actor: Actor,
  before: Membership,
  after: Membership,
  told: PersonChange["told"],
): Promise<void> {
  const shown = ({ userName, externalId }: Membership, attributes: object) => ({ userName, externalId, attributes });
  const change = { before: shown(before, told.before), after: shown(after, told.after) };
  record(tx, actor, "membership.updated", membershipTarget(after), change);
}

/** What is held of a change, with the version of the person that it was decided on. */
export type HeldChange = { version: number; person: PersonChange };

/** Makes a change of somebody known; one that would take too much is held as a whole. */
export async function change(asked: Situation, before: Membership, person: PersonChange): Promise<Outcome> {
  const held: HeldChange = { version: before.version, person };
  const situation = { ...asked, wish: { teamId: null, data: held } };
  const { tx, actor, notes } = situation;
  const said = { ...before, ...stored(person), connectionId: before.connectionId ?? actor.connectionId ?? null };
  const moved = await changeState(situation, said, person, before.connectionId === null);
  const isOpen = person.addressesChanged && !isDecided(before, moved.membership);
  const followed = isOpen
    ? await followLogin(situation, before, moved.membership, person.candidates)
    : { membership: moved.membership, mails: [] };
  const kept = keepAdminToAddress(situation, before, followed.membership);
  const next = await followSaidRole(situation, kept, person);
  const membership = await updateMembership(tx, next);
  await followNames(tx, before, membership);
  await recordUpdate(tx, actor, before, membership, person.told);
  await sendReactivationMails(situation, membership, [...moved.mails, ...followed.mails], provisioningInviteDelay());
  return { membership, effect: effectOf(before, membership), notes };
}

/** Whether a change of state has decided the login address: the create decision has run for somebody without an account. */
function isDecided(before: Membership, after: Membership): boolean {
  return before.userId === null && after.state !== before.state && after.state !== "suspended";
}

function effectOf(before: Membership, after: Membership): string {
  if (before.connectionId === null && after.connectionId !== null) return "user.adopted";
  if (before.state === after.state) return "user.updated";
  return after.state === "suspended" ? "user.suspended" : "user.reactivated";
}

async function changeState(
  situation: Situation,
  membership: Membership,
  person: PersonChange,
  isAdoption: boolean,
): Promise<{ membership: Membership; mails: Mails }> {
  const isWanted = person.active ?? readsActive(membership);
  if (isWanted && membership.state === "suspended") return reactivate(situation, membership, person.candidates);
  if (!isWanted && membership.state !== "suspended") {
    return { membership: await suspend(situation, membership), mails: [] };
  }
  if (isAdoption && membership.state === "invited") return admitInvited(situation, membership, person.candidates);
  return { membership, mails: [] };
}

/** DELETE: the membership ends for good. Access, seat and teams go; the row stays as history. */
export function endPerson(
  actor: Actor,
  membershipId: string,
  check: (membership: Membership) => void,
): Promise<Told<null>> {
  const byId = (tx: Tx) => findMembership(tx, actor.workspaceId, membershipId);
  const end = () =>
    inSituation(actor, byId, async (situation, found) => {
      const membership = await requireOwn(situation.tx, actor, found, "user");
      check(membership);
      await endMembership(situation, membership);
      return { effect: "user.ended", notes: situation.notes, shown: null };
    });
  return orHold(actor, end);
}
