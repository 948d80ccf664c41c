import { type MembershipModel, sql, type Tx } from "@/lib/db";
import { isTombstone } from "@/lib/workspace/membership/rules";
import { resetAccount, type User } from "./accounts";

// An email address that changes hands (D-30): who has the account in this workspace, and how another person gets it.

type Holder = Pick<MembershipModel, "id" | "state" | "userName">;

/** Whether another member here has the account and keeps it. A person suspended under a tombstone name gives it up. */
export async function isInUse(tx: Tx, workspaceId: string, user: User, membershipId: string): Promise<boolean> {
  const holder = await findHolder(tx, workspaceId, user, membershipId);
  return holder !== null && !givesUp(holder);
}

/** Whether another member had the account here before. If so, the address may now belong to a different person. */
export async function isHandedOver(tx: Tx, workspaceId: string, user: User, membershipId: string): Promise<boolean> {
  const former = await tx.one(
    sql`SELECT 1 FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND "userId" = ${user.id} AND id <> ${membershipId} LIMIT 1`,
  );
  return former !== null;
}

/**
 * Frees an account for a membership, after `isInUse` returned false: the former holder keeps only history, and the account is reset, as
 * after a DELETE. `keep` is the session of the owner who takes it.
 */
export async function freeAccount(
  tx: Tx,
  workspaceId: string,
  user: User,
  membershipId: string,
  keep: string | null = null,
): Promise<void> {
  await tx.run(sql`
    UPDATE "Membership" SET "userId" = NULL WHERE "workspaceId" = ${workspaceId} AND "userId" = ${user.id} AND id <> ${membershipId} AND state <> 'ended'`);
  await resetAccount(tx, user, keep);
}

function findHolder(tx: Tx, workspaceId: string, user: User, membershipId: string): Promise<Holder | null> {
  return tx.one<Holder>(
    sql`SELECT id, state, "userName" FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND "userId" = ${user.id} AND state <> 'ended' AND id <> ${membershipId}`,
  );
}

function givesUp({ state, userName }: Holder): boolean {
  return state === "suspended" && isTombstone(userName);
}
