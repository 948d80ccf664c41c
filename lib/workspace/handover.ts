import { sql, type Tx } from "@/lib/db";
import { resetAccount, type User } from "./accounts";
import { isTombstone } from "./rules";

// DESIGN §5 "An address that changes hands": whose an account is here, and how somebody else gets it.

type Holder = { id: string; state: string; userName: string };

/** Whether somebody else here has the account and keeps it: a person suspended under a tombstone name gives it up. */
export async function isInUse(tx: Tx, workspaceId: string, user: User, membershipId: string): Promise<boolean> {
  const holder = await findHolder(tx, workspaceId, user, membershipId);
  return holder !== null && !givesUp(holder);
}

/**
 * Frees an account for a membership, after `isInUse` was answered with no: who gives it up keeps history only. It is reset for
 * whoever has the address now, as it is after a DELETE: that may be another person.
 */
export async function freeAccount(tx: Tx, workspaceId: string, user: User, membershipId: string): Promise<void> {
  const former = await tx.one(
    sql`SELECT 1 FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND "userId" = ${user.id} AND id <> ${membershipId} LIMIT 1`,
  );
  if (!former) return;
  await tx.run(sql`
    UPDATE "Membership" SET "userId" = NULL WHERE "workspaceId" = ${workspaceId} AND "userId" = ${user.id} AND id <> ${membershipId} AND state <> 'ended'`);
  await resetAccount(tx, user);
}

function findHolder(tx: Tx, workspaceId: string, user: User, membershipId: string): Promise<Holder | null> {
  return tx.one<Holder>(
    sql`SELECT id, state, "userName" FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND "userId" = ${user.id} AND state <> 'ended' AND id <> ${membershipId}`,
  );
}

function givesUp({ state, userName }: Holder): boolean {
  return state === "suspended" && isTombstone(userName);
}
