import { addressKey, parseAddress } from "@/lib/address";
import { type MembershipModel, sql } from "@/lib/db";
import { typedName } from "@/lib/name";
import { emailAttributes, nameAttributes } from "@/lib/workspace/accounts/accounts";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { sendInvite } from "@/lib/workspace/invites/invites";
import { insertMembership, membershipTarget } from "@/lib/workspace/membership/row";
import { refusal } from "@/lib/workspace/refusal";
import { takeSeat } from "@/lib/workspace/seats/seats";
import { inWorkspace, type Workspace } from "@/lib/workspace/transaction";
import { contextOf } from "./context";
import type { NewMember } from "./create";
import { announceAdmin } from "./roles";

/** A token can create admins only when an admin has allowed it, through any API (T06). */
export function requireMayGrantAdmin(actor: Actor, { scimMayGrantAdmin }: Pick<Workspace, "scimMayGrantAdmin">): void {
  if (actor.kind !== "token" || scimMayGrantAdmin) return;
  throw refusal("admin_not_allowed.token");
}

/** Invites a new person: takes a seat and emails the link at once. Returns the membership's id. */
export function inviteMember(actor: Actor, person: NewMember): Promise<string> {
  const parsed = parseAddress(person.address);
  if (!parsed) throw refusal("address_not_valid.address", { address: JSON.stringify(person.address) });
  const { address } = parsed;
  const key = addressKey(address);
  const [firstName, lastName] = [typedName(person.firstName, "person"), typedName(person.lastName, "person")];
  return inWorkspace(actor.workspaceId, async (tx, workspace) => {
    if (person.role === "admin") requireMayGrantAdmin(actor, workspace);
    const known = await tx.one<Pick<MembershipModel, "state">>(
      sql`SELECT state FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND ("userNameKey" = ${key} OR "addressKey" = ${key}) AND state <> 'ended' LIMIT 1`,
    );
    if (known) throw refusal("already_member.here", { address, state: known.state });
    const id = newId();
    await takeSeat(tx, actor, workspace, id, address);
    const name = nameAttributes(firstName, lastName);
    const email = emailAttributes(address);
    const membership = await insertMembership(tx, {
      workspaceId: workspace.id,
      id,
      state: "invited",
      role: person.role,
      saidRole: null,
      userId: null,
      address,
      userName: address,
      userNameKey: key,
      externalId: null,
      givenName: firstName,
      familyName: lastName,
      attributes: { ...name.attributes, ...email.attributes },
      folded: { ...name.folded, ...email.folded },
      connectionId: null,
    });
    const after = { state: "invited", role: person.role, userName: address };
    record(tx, actor, "membership.invited", membershipTarget(membership), { after });
    if (person.role === "admin") {
      await announceAdmin(await contextOf(tx, actor, workspace), membership);
    }
    await sendInvite(tx, actor, workspace, membership, 0);
    return id;
  });
}
