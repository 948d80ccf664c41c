import { inTransaction } from "@/lib/database/transaction";
import { sql, type Tx } from "@/lib/db";
import { requireLiveToken } from "@/lib/workspace/access/live-token";
import { followAccount, isShared, type User } from "@/lib/workspace/accounts/accounts";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { isVerifiedDomain } from "@/lib/workspace/claims/verified";
import { dropHeld } from "@/lib/workspace/holds/held";
import { withHold } from "@/lib/workspace/holds/hold";
import { provisioningInviteDelay } from "@/lib/workspace/invites/delay";
import { requireOwn } from "@/lib/workspace/membership/managed";
import {
  findMembership,
  type Membership,
  membershipTarget,
  setConnection,
  updateMembership,
} from "@/lib/workspace/membership/row";
import { admitInvited } from "./admit";
import { type Context, inContextWith } from "./context";
import { followLogin, keepAdminToAddress } from "./login-address";
import {
  type Mails,
  type Outcome,
  type PersonChange,
  type PersonOutcome,
  type Render,
  readsActive,
  stored,
  toOutcome,
} from "./person";
import { followProvidedRole } from "./roles";
import { reactivate, sendReactivationMails, suspend } from "./suspend";

/** Returns the change to make to a row, or null to leave it unchanged. Throws to refuse. */
export type Decide = (membership: Membership) => PersonChange | null;

/** `profileOnly`: the change touches neither state, role, seat nor login. `isWanted`: the person should have access. */
export type About = { profileOnly: boolean; isWanted: boolean };

/**
 * PUT and PATCH. With `profileOnly` only the person's own row is locked. The first change of an unmanaged person adopts them.
 */
export function changePerson<View>(
  actor: Actor,
  membershipId: string,
  decide: Decide,
  render: Render<View>,
  { profileOnly, isWanted }: About,
): Promise<Outcome<View>> {
  if (profileOnly) return changeProfile(actor, membershipId, decide, render);
  return withHold(actor, () => changeWhole(actor, membershipId, decide, render, isWanted));
}

async function changeProfile<View>(
  actor: Actor,
  membershipId: string,
  decide: Decide,
  render: Render<View>,
): Promise<Outcome<View>> {
  const save = async (tx: Tx) => {
    const [found] = await Promise.all([
      findMembership(tx, actor.workspaceId, membershipId),
      requireLiveToken(tx, actor),
    ]);
    const membership = await requireOwn(tx, actor, found, "user");
    if (membership.connectionId === null || membership.roleOverridden) return null; // more than the profile has to be decided
    const next = decide(membership);
    const outcome = await (next === null ? unchanged(tx, actor, membership) : saveProfile(tx, actor, membership, next));
    return toOutcome(tx, outcome, render);
  };
  const saved = await inTransaction(membershipId, save, false, actor.workspaceId);
  return saved ?? changeWhole(actor, membershipId, decide, render, false);
}

function changeWhole<View>(
  actor: Actor,
  membershipId: string,
  decide: Decide,
  render: Render<View>,
  isWanted: boolean,
): Promise<Outcome<View>> {
  const byId = (tx: Tx) => findMembership(tx, actor.workspaceId, membershipId);
  return inContextWith(actor, byId, async (context, found) => {
    const membership = await requireOwn(context.tx, actor, found, "user");
    if (context.workspace.massChangeHold) dropHeld(context.tx, actor.workspaceId, membershipId, isWanted);
    const next = decide(membership);
    const outcome = await (next === null
      ? unchanged(context.tx, actor, membership)
      : change(context, membership, next));
    return toOutcome(context.tx, outcome, render);
  });
}

async function unchanged(tx: Tx, actor: Actor, membership: Membership): Promise<PersonOutcome> {
  const connectionId = actor.connectionId ?? null;
  if (membership.connectionId === null && connectionId !== null) await setConnection(tx, membership, connectionId);
  dropHeld(tx, actor.workspaceId, membership.id, false);
  return {
    membership: { ...membership, connectionId: membership.connectionId ?? connectionId },
    effect: "none",
    notes: [],
  };
}

async function saveProfile(tx: Tx, actor: Actor, before: Membership, person: PersonChange): Promise<PersonOutcome> {
  const connectionId = before.connectionId ?? actor.connectionId ?? null;
  const membership = await updateMembership(tx, { ...before, ...stored(person), connectionId });
  await followNames(tx, before, membership);
  await recordUpdate(tx, actor, before, membership, person.told);
  return { membership, effect: "user.updated", notes: [] };
}

/** The account takes the name only when this workspace has verified its domain and no other workspace uses the account (T15). */
async function followNames(tx: Tx, before: Membership, after: Membership): Promise<void> {
  if (after.userId === null) return;
  if (before.givenName === after.givenName && before.familyName === after.familyName) return;
  if (await isShared(tx, after.workspaceId, after.userId)) return;
  const named = await tx.one<Pick<User, "id" | "firstName" | "lastName">>(sql`
    UPDATE "User" u SET "firstName" = ${after.givenName}, "lastName" = ${after.familyName}
    WHERE u.id = ${after.userId} AND EXISTS (
      SELECT 1 FROM "Domain" d WHERE d."workspaceId" = ${after.workspaceId} AND ${isVerifiedDomain} AND d.name = split_part(u."emailKey", '@', 2))
    RETURNING id, "firstName", "lastName"`);
  if (named) await followAccount(tx, named);
}

async function recordUpdate(
  tx: Tx,
  actor: Actor,
  before: Membership,
  after: Membership,
  attributes: PersonChange["told"],
): Promise<void> {
  const view = ({ userName, externalId }: Membership, attributes: object) => ({ userName, externalId, attributes });
  const change = { before: view(before, attributes.before), after: view(after, attributes.after) };
  record(tx, actor, "membership.updated", membershipTarget(after), change);
}

/** The stored form of a held change, with the version of the person it was decided on. */
export type HeldChange = { version: number; person: PersonChange };

/** Applies a change of an existing person. If it would take access from too many people, all of it is held. */
export async function change(outer: Context, before: Membership, person: PersonChange): Promise<PersonOutcome> {
  const held: HeldChange = { version: before.version, person };
  const context = { ...outer, deferred: { teamId: null, data: held } };
  const { tx, actor, notes } = context;
  const requested = { ...before, ...stored(person), connectionId: before.connectionId ?? actor.connectionId ?? null };
  const moved = await changeState(context, requested, person, before.connectionId === null);
  const isOpen = person.addressesChanged && !isDecided(before, moved.membership);
  const followed = isOpen
    ? await followLogin(context, before, moved.membership, person.candidates)
    : { membership: moved.membership, mails: [] };
  const kept = keepAdminToAddress(context, before, followed.membership);
  const next = await followProvidedRole(context, kept, person);
  const membership = await updateMembership(tx, next);
  await followNames(tx, before, membership);
  await recordUpdate(tx, actor, before, membership, person.told);
  await sendReactivationMails(context, membership, [...moved.mails, ...followed.mails], provisioningInviteDelay());
  return { membership, effect: effectOf(before, membership), notes };
}

/** Whether the change of state has already decided the login address, because `admit` ran for someone without an account. */
function isDecided(before: Membership, after: Membership): boolean {
  return before.userId === null && after.state !== before.state && after.state !== "suspended";
}

function effectOf(before: Membership, after: Membership): string {
  if (before.connectionId === null && after.connectionId !== null) return "user.adopted";
  if (before.state === after.state) return "user.updated";
  return after.state === "suspended" ? "user.suspended" : "user.reactivated";
}

async function changeState(
  context: Context,
  membership: Membership,
  person: PersonChange,
  isAdoption: boolean,
): Promise<{ membership: Membership; mails: Mails }> {
  const isWanted = person.active ?? readsActive(membership);
  if (isWanted && membership.state === "suspended") return reactivate(context, membership, person.candidates);
  if (!isWanted && membership.state !== "suspended") {
    return { membership: await suspend(context, membership), mails: [] };
  }
  if (isAdoption && membership.state === "invited") return admitInvited(context, membership, person.candidates);
  return { membership, mails: [] };
}
