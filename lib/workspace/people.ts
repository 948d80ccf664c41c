import { inTransaction, sql, type Tx } from "@/lib/db";
import { findUsersByAddress } from "./accounts";
import type { Actor } from "./actor";
import { record } from "./audit-log";
import { findClaims } from "./claims";
import { newId } from "./id";
import { endInvite, provisioningInviteDelay } from "./invites";
import { followLogin } from "./login-address";
import {
  findMembership,
  findMembershipByName,
  type Membership,
  membershipTarget,
  sendMembership,
  setConnection,
  updateMembership,
  userNameTaken,
} from "./membership";
import { notFound, Refusal } from "./refusal";
import { decideLoginAddress, holdsSeat, type Role } from "./rules";
import { freeSeat, takeSeat } from "./seats";
import {
  type Admission,
  admit,
  admitInvited,
  changeRole,
  endSessionsOf,
  keepLastAdmin,
  reactivate,
  type Situation,
  sendReactivationMails,
  suspend,
} from "./standing";
import { parseAddress } from "./text";
import { inWorkspaceWith } from "./transaction";

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
  /** undefined: nothing is said of it. */
  role: Role | undefined;
};

/** A person who is new, or thought to be: their attributes as the audit log may show them, too. */
export type NewPerson = Person & { told: Record<string, unknown> };

/** A change of somebody known: what they are to be, and whether their addresses were changed by it. */
export type PersonChange = Person & {
  addressesChanged: boolean;
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
): Promise<Result> {
  return inWorkspaceWith(
    actor.workspaceId,
    (tx) => Promise.all([findClaims(tx, actor.workspaceId), ahead(tx)]),
    (tx, workspace, [claims, found]) => work({ tx, actor, workspace, claims, notes: [] }, found),
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
  return inSituation(actor, ahead, async (before, [known, accounts]) => {
    const situation = { ...before, accounts };
    if (known && known.connectionId !== null) throw userNameTaken(person.userName, known.id);
    if (!known) return tellOf(situation.tx, await insertPerson(situation, person), show, true);
    const told = { before: known.attributes, after: person.told };
    const adopted = { ...person, active: person.active ?? true, addressesChanged: false, told };
    return tellOf(situation.tx, await change(situation, known, adopted), show);
  });
}

async function insertPerson(situation: Situation, person: Person): Promise<Outcome> {
  const { tx, actor, workspace, claims, notes } = situation;
  if (!claims.any) {
    throw new Refusal(
      "no_verified_domain",
      "This workspace has no verified domain, so nobody can be added. Verify one under Workspace settings → Security → Domain verification.",
    );
  }
  const id = newId();
  const isWanted = person.active !== false;
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
    role: grantedRole(situation, "member", person.role),
    connectionId: actor.connectionId ?? null,
  };
  const membership = sendMembership(tx, row, workspace.now);
  const action = admission.state === "invited" ? "membership.invited" : "membership.created";
  const after = { state: membership.state, role: membership.role, userName: membership.userName };
  record(tx, actor, action, membershipTarget(membership), { after });
  await sendReactivationMails(situation, membership, admission.mails, provisioningInviteDelay());
  const effect = `user.${admission.state === "active" ? "added" : admission.state}`;
  return { membership, effect, notes };
}

function stored({ userName, userNameKey, externalId, givenName, familyName, attributes, folded }: Person) {
  return { userName, userNameKey, externalId, givenName, familyName, attributes, folded };
}

/** Admin by an identity provider's word is granted only where an admin has allowed it; admins stay admins. */
function grantedRole({ workspace, notes }: Situation, current: Role, said: Role | undefined): Role {
  if (said === "admin" && current !== "admin" && !workspace.scimMayGrantAdmin) {
    notes.push("The admin role was not granted: SCIM may not grant admin in this workspace.");
    return current;
  }
  return said ?? current;
}

/** Reads the row and says what it is to be; null leaves it as it is. Throws to refuse. */
export type Decide = (membership: Membership) => PersonChange | null;

/**
 * PUT and PATCH. With `profileOnly` nothing of the change touches state, role, seat or login, and only the
 * person's own row is locked. The first change of an unmanaged person adopts them.
 */
export function changePerson<Shown>(
  actor: Actor,
  membershipId: string,
  decide: Decide,
  show: Show<Shown>,
  { profileOnly }: { profileOnly: boolean },
): Promise<Told<Shown>> {
  const change = profileOnly ? changeProfile : changeWhole;
  return change(actor, membershipId, decide, show);
}

async function changeProfile<Shown>(
  actor: Actor,
  membershipId: string,
  decide: Decide,
  show: Show<Shown>,
): Promise<Told<Shown>> {
  const saved = await inTransaction(membershipId, async (tx) => {
    const membership = await ownOf(tx, actor, await findMembership(tx, actor.workspaceId, membershipId));
    if (membership.connectionId === null) return null; // an adoption decides more than the profile
    const next = decide(membership);
    const outcome = await (next === null ? unchanged(tx, actor, membership) : saveProfile(tx, actor, membership, next));
    return tellOf(tx, outcome, show);
  });
  return saved ?? changeWhole(actor, membershipId, decide, show);
}

function changeWhole<Shown>(
  actor: Actor,
  membershipId: string,
  decide: Decide,
  show: Show<Shown>,
): Promise<Told<Shown>> {
  const byId = (tx: Tx) => findMembership(tx, actor.workspaceId, membershipId);
  return inSituation(actor, byId, async (situation, found) => {
    const membership = await ownOf(situation.tx, actor, found);
    const next = decide(membership);
    const outcome = await (next === null
      ? unchanged(situation.tx, actor, membership)
      : change(situation, membership, next));
    return tellOf(situation.tx, outcome, show);
  });
}

/** The row, if this actor's connection may change it. */
async function ownOf(tx: Tx, actor: Actor, membership: Membership | null): Promise<Membership> {
  if (!membership) throw notFound("user");
  if (membership.connectionId !== null && membership.connectionId !== (actor.connectionId ?? null)) {
    const owner = await tx.one<{ name: string }>(
      sql`SELECT name FROM "Connection" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${membership.connectionId}`,
    );
    throw new Refusal(
      "managed_elsewhere",
      `This person is managed by the connection ${JSON.stringify(owner?.name ?? "")}. Change them there, or disconnect it first.`,
    );
  }
  return membership;
}

async function unchanged(tx: Tx, actor: Actor, membership: Membership): Promise<Outcome> {
  const connectionId = actor.connectionId ?? null;
  if (membership.connectionId === null && connectionId !== null) await setConnection(tx, membership, connectionId);
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

/** The account takes the name only where this workspace speaks for its domain (T15). */
async function followNames(tx: Tx, before: Membership, after: Membership): Promise<void> {
  if (after.userId === null) return;
  if (before.givenName === after.givenName && before.familyName === after.familyName) return;
  await tx.run(sql`
    UPDATE "User" u SET "firstName" = ${after.givenName}, "lastName" = ${after.familyName}
    WHERE u.id = ${after.userId} AND EXISTS (
      SELECT 1 FROM "Domain" d WHERE d."workspaceId" = ${after.workspaceId} AND d.state IN ('verified', 'warning') AND d.name = split_part(u."emailKey", '@', 2))`);
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

async function change(situation: Situation, before: Membership, person: PersonChange): Promise<Outcome> {
  const { tx, actor, notes } = situation;
  const said = { ...before, ...stored(person), connectionId: before.connectionId ?? actor.connectionId ?? null };
  const moved = await changeState(situation, said, person, before.connectionId === null);
  const followed =
    person.addressesChanged && moved.membership.state === before.state
      ? await followLogin(situation, before, moved.membership, person.candidates)
      : { membership: moved.membership, mails: [] };
  const role = grantedRole(situation, before.role, person.role);
  const next = await changeRole(situation, followed.membership, role);
  const membership = await updateMembership(tx, next);
  await followNames(tx, before, membership);
  await recordUpdate(tx, actor, before, membership, person.told);
  await sendReactivationMails(situation, membership, [...moved.mails, ...followed.mails], provisioningInviteDelay());
  return { membership, effect: effectOf(before, membership), notes };
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
  return inSituation(actor, byId, async (situation, found) => {
    const { tx, workspace, claims, notes } = situation;
    const membership = await ownOf(tx, actor, found);
    check(membership);
    await keepLastAdmin(situation, membership);
    await endInvite(tx, workspace.id, membership.id);
    await endSessionsOf(tx, workspace.id, membership, claims);
    if (holdsSeat(membership.state)) freeSeat(tx, actor, membership.id);
    await leaveTeams(tx, membership);
    await updateMembership(tx, { ...membership, state: "ended" });
    const change = { before: { state: membership.state, role: membership.role }, after: { state: "ended" } };
    record(tx, actor, "membership.ended", membershipTarget(membership), change);
    return { effect: "user.ended", notes, shown: null };
  });
}

/** Ending somebody changes the teams they were in: each is one version further. */
async function leaveTeams(tx: Tx, membership: Membership): Promise<void> {
  await tx.run(sql`
    WITH gone AS (DELETE FROM "TeamMember" WHERE "workspaceId" = ${membership.workspaceId} AND "membershipId" = ${membership.id} RETURNING "teamId")
    UPDATE "Team" t SET version = t.version + 1, "updatedAt" = now() FROM gone WHERE t."workspaceId" = ${membership.workspaceId} AND t.id = gone."teamId"`);
}
