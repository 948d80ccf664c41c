import { addressKey } from "@/lib/address";
import { type AddressChangeModel, one, sql, type Tx, type WorkspaceModel } from "@/lib/db";
import { type Actor, systemActor } from "@/lib/workspace/actor";
import { record, type Target } from "@/lib/workspace/audit/record";
import { findClaims } from "@/lib/workspace/claims/claims";
import { newId } from "@/lib/workspace/id";
import { addMail, mailAdmins } from "@/lib/workspace/mail/outbox";
import type { Membership } from "@/lib/workspace/membership/row";
import { type Refusal, refusal } from "@/lib/workspace/refusal";
import { hashSecret, newSecret } from "@/lib/workspace/seal";
import { inWorkspace, type Workspace } from "@/lib/workspace/transaction";
import { findUserByAddress, followAddress, resetAccount, type User } from "./accounts";

// A workspace may change the email address of an account that no other workspace uses (D-25). Otherwise the owner decides, through a link
// that only the old mailbox gets (D-26).

/** Days that the link in the old mailbox works. */
const linkDays = 7;

type Place = Pick<WorkspaceModel, "id" | "name" | "slug"> & { membershipId: string };

/** Every workspace that uses an account, with the membership there. */
function findPlaces(tx: Tx, userId: string): Promise<Place[]> {
  return tx.all<Place>(sql`
    SELECT w.id, w.name, w.slug, m.id AS "membershipId" FROM "Membership" m JOIN "Workspace" w ON w.id = m."workspaceId"
    WHERE m."userId" = ${userId} AND m.state <> 'ended' ORDER BY w.id`);
}

/** Locks an account: until the transaction ends, nobody can be linked to it and its email address can't change. */
export async function lockAccount(tx: Tx, userId: string): Promise<Pick<User, "id" | "email"> | null> {
  return tx.one(sql`SELECT id, email FROM "User" WHERE id = ${userId} FOR UPDATE`);
}

/** Changes an account's email address in every workspace. Ends all sessions; people sign in again with the new address. */
export async function moveAccount(tx: Tx, user: Pick<User, "id" | "email">, address: string): Promise<void> {
  await tx.run(sql`
    UPDATE "User" SET email = ${address}, "emailKey" = ${addressKey(address)}, "emailVerified" = NULL WHERE id = ${user.id}`);
  await followAddress(tx, user.id, user.email, address);
  await resetAccount(tx, user);
  await tx.run(
    sql`UPDATE "AddressChange" SET "endedAt" = now() WHERE "userId" = ${user.id} AND "confirmedAt" IS NULL AND "endedAt" IS NULL`,
  );
}

/** Emails both addresses of an account that has moved. */
export function mailMoved(
  tx: Tx,
  workspace: Pick<Workspace, "id" | "name">,
  cause: string,
  old: string,
  address: string,
) {
  for (const to of [old, address]) {
    addMail(tx, {
      kind: "address_changed",
      to,
      workspaceId: workspace.id,
      data: { workspace: workspace.name, old, new: address },
      dedupeKey: `address_changed ${cause} ${to}`,
    });
  }
}

/** Audits the change in every workspace that uses the account, and emails its admins. Only the requesting workspace sees who made it. */
async function notifyWorkspaces(
  tx: Tx,
  actor: Actor,
  userId: string,
  { action, kind, cause, old, address }: { action: string; kind: Kind; cause: string; old: string; address: string },
): Promise<void> {
  for (const place of await findPlaces(tx, userId)) {
    const visibleActor = place.id === actor.workspaceId ? actor : { ...systemActor(place.id), name: elsewhere };
    const target: Target = { kind: "membership", id: place.membershipId, name: old };
    record(tx, visibleActor, action, target, { before: { address: old }, after: { address } });
    await mailAdmins(tx, place, kind, { old, new: address, by: visibleActor.name }, `${cause} ${place.id}`);
  }
}

type Kind = "address_change_asked" | "address_moved";
const elsewhere = "Another workspace";

/** Asks the owner, in the old mailbox, whether the account may move. Asking again for the same address sends no second email. */
export async function askOwner(
  tx: Tx,
  actor: Actor,
  workspace: Workspace,
  membership: Membership,
  user: Pick<User, "id" | "email">,
  address: string,
): Promise<void> {
  const open = await tx.one<Pick<AddressChangeModel, "newAddress">>(sql`
    SELECT "newAddress" FROM "AddressChange" WHERE "workspaceId" = ${workspace.id} AND "membershipId" = ${membership.id}
      AND "confirmedAt" IS NULL AND "endedAt" IS NULL AND "expiresAt" > now()`);
  if (open && addressKey(open.newAddress) === addressKey(address)) return;
  endOpenChange(tx, membership);
  const [id, secret] = [newId(), newSecret()];
  tx.send(sql`
    INSERT INTO "AddressChange" ("workspaceId", id, "membershipId", "userId", "oldAddress", "newAddress", "secretHash", "expiresAt")
    VALUES (${workspace.id}, ${id}, ${membership.id}, ${user.id}, ${user.email}, ${address}, ${hashSecret(secret)}, now() + make_interval(days => ${linkDays}))`);
  addMail(tx, {
    kind: "address_confirm",
    to: user.email,
    workspaceId: workspace.id,
    data: { workspace: workspace.name, old: user.email, new: address },
    secret,
    dedupeKey: `address_confirm ${id}`,
  });
  const about = { kind: "address_change_asked" as const, cause: id, old: user.email, address };
  await notifyWorkspaces(tx, actor, user.id, { ...about, action: "membership.address_change_asked" });
}

/** Withdraws the workspace's request to the owner. */
export function endOpenChange(tx: Tx, { workspaceId, id }: Pick<Membership, "workspaceId" | "id">): void {
  tx.send(sql`
    UPDATE "AddressChange" SET "endedAt" = now() WHERE "workspaceId" = ${workspaceId} AND "membershipId" = ${id} AND "confirmedAt" IS NULL AND "endedAt" IS NULL`);
}

type OpenChange = Pick<
  AddressChangeModel,
  "id" | "workspaceId" | "membershipId" | "userId" | "oldAddress" | "newAddress"
> & { workspaceName: string };

/** The change behind a link, while it is open and its workspace still has the person. */
function findBySecret(tx: Pick<Tx, "one">, secret: string): Promise<OpenChange | null> {
  return tx.one<OpenChange>(sql`
    SELECT c.id, c."workspaceId", w.name AS "workspaceName", c."membershipId", c."userId", c."oldAddress", c."newAddress"
    FROM "AddressChange" c JOIN "Workspace" w ON w.id = c."workspaceId"
    JOIN "Membership" m ON m."workspaceId" = c."workspaceId" AND m.id = c."membershipId" AND m."userId" = c."userId" AND m.state <> 'ended'
    WHERE c."secretHash" = ${hashSecret(secret)} AND c."confirmedAt" IS NULL AND c."endedAt" IS NULL AND c."expiresAt" > now()`);
}

/** The data for a link's page, or null when the link is dead: used, withdrawn, expired or never created. */
export async function findAddressChange(secret: string) {
  const change = await findBySecret({ one }, secret);
  return change && { workspace: change.workspaceName, old: change.oldAddress, new: change.newAddress };
}

function dead(): Refusal {
  return refusal("invite_dead.addressChange");
}

/** The owner confirms: the account moves everywhere, and every workspace that uses it is notified. */
export async function confirmAddressChange(secret: string): Promise<void> {
  const seen = await findBySecret({ one }, secret);
  if (!seen) throw dead();
  await inWorkspace(seen.workspaceId, async (tx, workspace) => {
    const change = await findBySecret(tx, secret);
    const user = change && (await lockAccount(tx, change.userId));
    if (!change || !user || addressKey(user.email) !== addressKey(change.oldAddress)) throw dead();
    await requireStillAllowed(tx, workspace, change);
    const actor: Actor = { workspaceId: workspace.id, kind: "member", id: change.membershipId, name: user.email };
    const about = { kind: "address_moved" as const, cause: change.id, old: user.email, address: change.newAddress };
    await notifyWorkspaces(tx, actor, user.id, { ...about, action: "membership.address_changed" });
    tx.send(sql`
      UPDATE "AddressChange" SET "confirmedAt" = now() WHERE "workspaceId" = ${workspace.id} AND id = ${change.id}`);
    await moveAccount(tx, user, change.newAddress);
    mailMoved(tx, workspace, change.id, user.email, change.newAddress);
  });
}

/** The owner may answer days later, so the conditions for asking are checked again. */
async function requireStillAllowed(tx: Tx, workspace: Workspace, change: OpenChange): Promise<void> {
  const { verified } = await findClaims(tx, workspace.id);
  const domainOf = (address: string) => address.slice(address.lastIndexOf("@") + 1).toLowerCase();
  if (!verified.has(domainOf(change.oldAddress)) || !verified.has(domainOf(change.newAddress))) throw dead();
  if (await findUserByAddress(tx, change.newAddress)) {
    throw refusal("state_conflict.newAddressTaken", { address: change.newAddress });
  }
}

/** The owner declines: the account stays as it is, and the requesting workspace is notified. */
export async function declineAddressChange(secret: string): Promise<void> {
  const seen = await findBySecret({ one }, secret);
  if (!seen) throw dead();
  await inWorkspace(seen.workspaceId, async (tx, workspace) => {
    const change = await findBySecret(tx, secret);
    if (!change) throw dead();
    endOpenChange(tx, { workspaceId: workspace.id, id: change.membershipId });
    const actor: Actor = {
      workspaceId: workspace.id,
      kind: "member",
      id: change.membershipId,
      name: change.oldAddress,
    };
    const target: Target = { kind: "membership", id: change.membershipId, name: change.oldAddress };
    record(tx, actor, "membership.address_change_declined", target, { after: { address: change.newAddress } });
  });
}
