import { parseAddress } from "@/lib/address";
import type { Tx } from "@/lib/db";
import { findUsersByAddress } from "@/lib/workspace/accounts/accounts";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { dropHeld } from "@/lib/workspace/holds/held";
import { withHold } from "@/lib/workspace/holds/hold";
import { newId } from "@/lib/workspace/id";
import { provisioningInviteDelay } from "@/lib/workspace/invites/delay";
import { requireOwn, whyTaken } from "@/lib/workspace/membership/managed";
import {
  findMembership,
  findMembershipByName,
  type Membership,
  membershipTarget,
  sendMembership,
} from "@/lib/workspace/membership/row";
import { decideLoginAddress } from "@/lib/workspace/membership/rules";
import { refusal } from "@/lib/workspace/refusal";
import { takeSeat } from "@/lib/workspace/seats/seats";
import { admit } from "./admit";
import { type Context, inContextWith } from "./context";
import { endMembership } from "./end";
import {
  type Mails,
  type NewPerson,
  type Outcome,
  type Person,
  type PersonOutcome,
  type Render,
  stored,
  toOutcome,
} from "./person";
import { change } from "./provision-change";
import { announceAdmin, grantedRole } from "./roles";
import { sendReactivationMails } from "./suspend";

/** POST: creates a person, or adopts an existing unmanaged one. Refuses a managed one as taken. */
export function createPerson<View>(actor: Actor, person: NewPerson, render: Render<View>): Promise<Outcome<View>> {
  const addresses = person.candidates.map(parseAddress).flatMap((found) => found?.address ?? []);
  const ahead = (tx: Tx) =>
    Promise.all([findMembershipByName(tx, actor.workspaceId, person.userNameKey), findUsersByAddress(tx, addresses)]);
  const create = async (before: Context, [known, accounts]: Awaited<ReturnType<typeof ahead>>) => {
    const context = { ...before, accounts };
    requireDomain(context);
    if (known && known.connectionId !== null) throw await whyTaken(context.tx, actor, known, person.userName);
    if (!known) return toOutcome(context.tx, await insertPerson(context, person), render, true);
    return toOutcome(context.tx, await adopt(context, known, person), render);
  };
  return withHold(actor, () => inContextWith(actor, ahead, create, true));
}

/** A POST for an existing unmanaged person: its values replace theirs. */
function adopt(context: Context, known: Membership, { audited, ...person }: NewPerson): Promise<PersonOutcome> {
  const { tx, workspace } = context;
  const active = person.active ?? true;
  if (workspace.massChangeHold) dropHeld(tx, workspace.id, known.id, active);
  const told = { before: known.attributes, after: audited };
  return change(context, known, { ...person, active, addressesChanged: true, heldRole: null, told });
}

function requireDomain({ claims }: Context): void {
  if (claims.any) return;
  throw refusal("no_verified_domain.none");
}

/**
 * Maximum number of people without a seat, or the number of seats used if that is higher. Only adding people is refused; nobody is removed.
 */
const maxSeatless = 100_000;

function requireRoom({ memberCount, seatsUsed }: Context["workspace"]): void {
  if (memberCount - seatsUsed < Math.max(maxSeatless, seatsUsed)) return;
  throw refusal("limit_reached.people", { count: memberCount - seatsUsed });
}

async function insertPerson(context: Context, person: Person): Promise<PersonOutcome> {
  const { tx, actor, workspace, claims, notes } = context;
  const id = newId();
  const isWanted = person.active !== false;
  if (!isWanted) requireRoom(workspace);
  if (isWanted) await takeSeat(tx, actor, workspace, id, person.userName);
  const admission = isWanted
    ? await admit(context, { ...person, id })
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
    role: grantedRole(context, "member", person.saidRole ?? "member"),
    saidRole: person.saidRole ?? null,
    connectionId: actor.connectionId ?? null,
  };
  const membership = sendMembership(tx, row, workspace.now);
  const action = admission.state === "invited" ? "membership.invited" : "membership.created";
  const after = { state: membership.state, role: membership.role, userName: membership.userName };
  record(tx, actor, action, membershipTarget(membership), { after });
  if (membership.role === "admin") await announceAdmin(context, membership);
  await sendReactivationMails(context, membership, admission.mails, provisioningInviteDelay());
  const effect = `user.${admission.state === "active" ? "added" : admission.state}`;
  return { membership, effect, notes };
}

/** DELETE: the membership ends for good. Access, seat and teams go; the row stays as history. */
export function endPerson(
  actor: Actor,
  membershipId: string,
  check: (membership: Membership) => void,
): Promise<Outcome<null>> {
  const byId = (tx: Tx) => findMembership(tx, actor.workspaceId, membershipId);
  const end = () =>
    inContextWith(actor, byId, async (context, found) => {
      const membership = await requireOwn(context.tx, actor, found, "user");
      check(membership);
      await endMembership(context, membership);
      return { effect: "user.ended", notes: context.notes, view: null };
    });
  return withHold(actor, end);
}
