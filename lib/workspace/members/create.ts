import { addressKey, parseAddress } from "@/lib/address";
import type { Role, Tx } from "@/lib/db";
import { typedName } from "@/lib/name";
import { createUser, emailAttributes, findUserByAddress, nameAttributes } from "@/lib/workspace/accounts/accounts";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { insertMembership, type Membership, membershipTarget } from "@/lib/workspace/membership/row";
import { refusal } from "@/lib/workspace/refusal";
import { noteFirstSeat } from "@/lib/workspace/seats/seats";

export type NewMember = { address: string; firstName: string; lastName: string; role: Role };

/** Creates a person for the app or the operator, not for an identity provider. Names are stored the way SCIM returns them. */
export async function insertMember(tx: Tx, actor: Actor, person: NewMember): Promise<Membership> {
  const parsed = parseAddress(person.address);
  if (!parsed) throw refusal("address_not_valid.address", { address: JSON.stringify(person.address) });
  const { address } = parsed;
  const [firstName, lastName] = [typedName(person.firstName, "person"), typedName(person.lastName, "person")];
  const known = await findUserByAddress(tx, address);
  const user = known ?? createUser(tx, { email: address, firstName, lastName, confirmed: true });
  const name = nameAttributes(firstName, lastName);
  const email = emailAttributes(address);
  const membership = await insertMembership(tx, {
    workspaceId: actor.workspaceId,
    id: newId(),
    state: "active",
    role: person.role,
    saidRole: null,
    userId: user.id,
    address,
    userName: address,
    userNameKey: addressKey(address),
    externalId: null,
    givenName: firstName,
    familyName: lastName,
    attributes: { ...name.attributes, ...email.attributes },
    folded: { ...name.folded, ...email.folded },
    connectionId: null,
  });
  const after = { state: "active", role: person.role };
  record(tx, actor, "membership.created", membershipTarget(membership), { after });
  noteFirstSeat(tx, actor, membership.id);
  return membership;
}
