import type { Tx } from "@/lib/db";
import type { Membership } from "@/lib/workspace/membership/row";
import { holdsSeat, type Role } from "@/lib/workspace/membership/rules";
import type { Admission } from "./admit";

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
  /** The attributes before and after, as the audit log may show them. Held changes are stored with this name. */
  told: { before: Record<string, unknown>; after: Record<string, unknown> };
};

/** What became of a request: the row as it is now, the effect in a word, and what an admin should read in the log. */
export type PersonOutcome = { membership: Membership; effect: string; notes: string[] };

/** Reads what is told of a changed row, in the transaction of the change: an answer that can't be given changes nothing (I12). */
export type Render<Shown> = (tx: Tx, membership: Membership, isNew: boolean) => Promise<Shown> | Shown;

export type Outcome<Shown> = { effect: string; notes: string[]; view: Shown };

export async function toOutcome<Shown>(
  tx: Tx,
  outcome: PersonOutcome,
  render: Render<Shown>,
  isNew = false,
): Promise<Outcome<Shown>> {
  const { effect, notes, membership } = outcome;
  return { effect, notes, view: await render(tx, membership, isNew) };
}

export type Mails = (Admission["mails"][number] | "reactivated")[];

/** Whether the person reads as active to an identity provider: an invite that was not cancelled does. */
export function readsActive(membership: Pick<Membership, "state">): boolean {
  return holdsSeat(membership.state);
}

export function stored({ userName, userNameKey, externalId, givenName, familyName, attributes, folded }: Person) {
  return { userName, userNameKey, externalId, givenName, familyName, attributes, folded };
}
