import { one, sql, type Tx } from "@/lib/db";
import { typedName } from "@/lib/name";
import { createUser, findUserByAddress, followAccount, isShared, type User } from "@/lib/workspace/accounts/accounts";
import { freeAccount, isHandedOver, isInUse } from "@/lib/workspace/accounts/handover";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { type Refusal, refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { type Found, findBySecret, isLive } from "./invites";

/** The signed-in user who accepts an invite, with the session that proves it. */
export type Acceptor = { userId: string; sessionId: string | null };

/**
 * Accepts an invite. The secret was only ever emailed to the address, so it confirms the address of a new account. An existing account may
 * reach beyond this workspace, so its owner has to sign in to it. The membership keeps its id and its seat.
 */
export async function acceptInvite(
  secret: string,
  typed: { firstName: string; lastName: string },
  acceptor: Acceptor | null = null,
): Promise<{ userId: string; slug: string; isNew: boolean }> {
  const names = { firstName: typedName(typed.firstName, "person"), lastName: typedName(typed.lastName, "person") };
  const seen = await findBySecret({ one }, secret);
  if (!seen) throw deadInvite();
  return inWorkspace(seen.workspaceId, async (tx) => {
    const invite = await findBySecret(tx, secret);
    if (!invite || !isLive(invite)) throw deadInvite();
    const known = await findUserByAddress(tx, invite.address);
    if (known) await takeAccount(tx, invite, known, acceptor);
    const user = known ?? createUser(tx, { email: invite.address, ...names, confirmed: true });
    const account = await tx.one<Pick<User, "id" | "firstName" | "lastName">>(sql`
      UPDATE "User" SET "emailVerified" = coalesce("emailVerified", now()),
        "firstName" = coalesce(nullif("firstName", ''), ${names.firstName}), "lastName" = coalesce(nullif("lastName", ''), ${names.lastName})
      WHERE id = ${user.id} RETURNING id, "firstName", "lastName"`);
    await tx.run(sql`
      UPDATE "Membership" SET state = 'active', "userId" = ${user.id}, "joinedAt" = now(), "activeSince" = now(), version = version + 1, "updatedAt" = now()
      WHERE "workspaceId" = ${invite.workspaceId} AND id = ${invite.membershipId}`);
    if (account && `${account.firstName}${account.lastName}` !== "") await followAccount(tx, account);
    await tx.run(
      sql`UPDATE "Invite" SET "acceptedAt" = now() WHERE "workspaceId" = ${invite.workspaceId} AND id = ${invite.id}`,
    );
    const actor: Actor = {
      workspaceId: invite.workspaceId,
      kind: "member",
      id: invite.membershipId,
      name: invite.address,
    };
    const target = { kind: "membership" as const, id: invite.membershipId, name: invite.address };
    record(tx, actor, "membership.joined", target, { before: { state: "invited" }, after: { state: "active" } });
    return { userId: user.id, slug: invite.slug, isNew: known === null };
  });
}

/**
 * Takes the existing account with the invite's address for the membership. Requires a sign-in to that account, and refuses one that another
 * member now uses. A former holder is detached.
 */
async function takeAccount(
  tx: Tx,
  { workspaceId, membershipId, address }: Found,
  user: User,
  acceptor: Acceptor | null,
): Promise<void> {
  if (await isInUse(tx, workspaceId, user, membershipId)) {
    throw refusal("invite_dead.addressTaken", { address });
  }
  if (acceptor?.userId !== user.id) {
    throw refusal("sign_in_first.hasAccount", { address });
  }
  // The owner has signed in, so the account's other workspaces are left as they are.
  const isOthers = await isShared(tx, workspaceId, user.id);
  const isReset =
    user.emailVerified === null || (!isOthers && (await isHandedOver(tx, workspaceId, user, membershipId)));
  if (isReset) await freeAccount(tx, workspaceId, user, membershipId, acceptor.sessionId);
}

function deadInvite(): Refusal {
  return refusal("invite_dead.used");
}
