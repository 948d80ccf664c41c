import type { Role, Tx } from "@/lib/db";
import type { Membership } from "@/lib/workspace/membership/row";
import { holdsSeat } from "@/lib/workspace/membership/rules";
import type { Admission } from "./admit";

/** A person as sent by an identity provider, in the workspace's terms. */
export type Person = {
  userName: string;
  userNameKey: string;
  externalId: string | null;
  givenName: string;
  familyName: string;
  /** All other attributes: as sent, and folded for filters. */
  attributes: Record<string, unknown>;
  folded: Record<string, unknown>;
  /** userName, primary email, work email: the sources of the login address, in this order. */
  candidates: string[];
  /** undefined: not sent. */
  active: boolean | undefined;
  /** The role that the attributes name; null: they name none; undefined: unchanged. */
  saidRole: Role | null | undefined;
};

/** A person who is assumed to be new. `audited`: the attributes for the audit log. */
export type NewPerson = Person & { audited: Record<string, unknown> };

/** A change of an existing person: their new state, and whether the change touches their email addresses. */
export type PersonChange = Person & {
  addressesChanged: boolean;
  /** The role that the attributes named before. */
  heldRole: Role | null;
  /** The attributes before and after, for the audit log. Held changes are stored with this property name. */
  told: { before: Record<string, unknown>; after: Record<string, unknown> };
};

/** The result of a request: the current row, the effect in one word, and messages for an admin who reads the log. */
export type PersonOutcome = { membership: Membership; effect: string; notes: string[] };

/** Renders the response inside the transaction: if it can't be rendered, the change is rolled back (I12). */
export type Render<View> = (tx: Tx, membership: Membership, isNew: boolean) => Promise<View> | View;

export type Outcome<View> = { effect: string; notes: string[]; view: View };

export async function toOutcome<View>(
  tx: Tx,
  outcome: PersonOutcome,
  render: Render<View>,
  isNew = false,
): Promise<Outcome<View>> {
  const { effect, notes, membership } = outcome;
  return { effect, notes, view: await render(tx, membership, isNew) };
}

export type Mails = (Admission["mails"][number] | "reactivated")[];

/** Whether an identity provider sees the person as active. A pending invite counts. */
export function readsActive(membership: Pick<Membership, "state">): boolean {
  return holdsSeat(membership.state);
}

export function stored({ userName, userNameKey, externalId, givenName, familyName, attributes, folded }: Person) {
  return { userName, userNameKey, externalId, givenName, familyName, attributes, folded };
}
