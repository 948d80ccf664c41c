import { addressKey } from "@/lib/address";
import { prisma } from "@/lib/database/pool";
import { inTransaction } from "@/lib/database/transaction";
import { all, run, type SessionModel, sql, type Tx, type UserModel } from "@/lib/db";
import { typedName } from "@/lib/name";
import { newId } from "@/lib/workspace/id";
import { type Membership, personSearchText } from "@/lib/workspace/membership/row";
import { fold } from "@/lib/workspace/text";

/** A sign-in account, across workspaces. */
export type User = Pick<UserModel, "id" | "email" | "emailVerified" | "firstName" | "lastName">;

type Finder = Pick<Tx, "one">;

/**
 * The account with an email address. The row lock keeps that address in place until the transaction ends; concurrent moves wait for each
 * other.
 */
export function findUserByAddress(tx: Finder, address: string): Promise<User | null> {
  return tx.one<User>(
    sql`SELECT id, email, "emailVerified", "firstName", "lastName" FROM "User" WHERE "emailKey" = ${addressKey(address)} FOR KEY SHARE`,
  );
}

/** The accounts with these email addresses, by address key, locked like the one above. */
export async function findUsersByAddress(
  tx: Pick<Tx, "all">,
  addresses: readonly string[],
): Promise<Map<string, User>> {
  if (addresses.length === 0) return new Map();
  const rows = await tx.all<User & Pick<UserModel, "emailKey">>(sql`
    SELECT id, email, "emailVerified", "firstName", "lastName", "emailKey" FROM "User" WHERE "emailKey" = ANY(${addresses.map(addressKey)}) FOR KEY SHARE`);
  return new Map(rows.map(({ emailKey, ...user }) => [emailKey, user]));
}

/** Creates an account. When another transaction creates it first, this one runs again and finds it. */
export function createUser(
  tx: Tx,
  person: { email: string; firstName: string; lastName: string; confirmed: boolean },
): User {
  const { email, firstName, lastName, confirmed } = person;
  const id = newId();
  tx.send(sql`
    INSERT INTO "User" (id, email, "emailKey", "emailVerified", "firstName", "lastName")
    VALUES (${id}, ${email}, ${addressKey(email)}, CASE WHEN ${confirmed} THEN now() END, ${firstName}, ${lastName})`);
  return { id, email, emailVerified: confirmed ? new Date() : null, firstName, lastName };
}

/**
 * Whether another workspace also uses the account. If so, this workspace can't change the account: its email address, names, sessions and
 * provider links belong to its owner (T15).
 */
export async function isShared(tx: Finder, workspaceId: string, userId: string): Promise<boolean> {
  const elsewhere = await tx.one(
    sql`SELECT 1 FROM "Membership" WHERE "userId" = ${userId} AND "workspaceId" <> ${workspaceId} AND state <> 'ended' LIMIT 1`,
  );
  return elsewhere !== null;
}

/**
 * Takes an account from whoever prepared it: removes sessions, provider links and pending sign-in links (T14). The person confirms the
 * email address at the next sign-in. `keep` is the session in which the owner has just proven the address.
 */
export async function resetAccount(
  tx: Tx,
  user: Pick<User, "id" | "email">,
  keep: string | null = null,
): Promise<void> {
  await tx.run(sql`DELETE FROM "Session" WHERE "userId" = ${user.id} AND (${keep}::uuid IS NULL OR id <> ${keep})`);
  await tx.run(sql`DELETE FROM "Account" WHERE "userId" = ${user.id}`);
  await tx.run(sql`DELETE FROM "VerificationToken" WHERE identifier = ${addressKey(user.email)}`);
  if (keep === null) await tx.run(sql`UPDATE "User" SET "emailVerified" = NULL WHERE id = ${user.id}`);
}

/** The owner has proven that the mailbox is theirs. The first time, this removes whatever anyone prepared before (T14). */
export async function confirmAddress(tx: Tx, userId: string): Promise<User | null> {
  const user = await tx.one<User>(
    sql`SELECT id, email, "emailVerified", "firstName", "lastName" FROM "User" WHERE id = ${userId} FOR UPDATE`,
  );
  if (user?.emailVerified === null) await resetAccount(tx, user);
  await tx.run(sql`UPDATE "User" SET "emailVerified" = coalesce("emailVerified", now()) WHERE id = ${userId}`);
  return user;
}

/** The account for a login address on a verified domain: a new one, or the `known` one linked under T14. */
export async function linkAccount(
  tx: Tx,
  known: User | null,
  address: string,
  names: { firstName: string; lastName: string },
): Promise<{ user: User; isNew: boolean }> {
  if (!known) return { user: createUser(tx, { email: address, ...names, confirmed: false }), isNew: true };
  if (known.emailVerified === null) await resetAccount(tx, known);
  return { user: known, isNew: false };
}

export async function endSessions(tx: Tx, userId: string): Promise<void> {
  await tx.run(sql`DELETE FROM "Session" WHERE "userId" = ${userId}`);
}

// ── The account page ───────────────────────────────────────────────────────

/** The account and its open sessions for the account page; null when there is no such account. */
export async function findAccount(userId: string, currentSessionId: string | null) {
  const [user, sessions] = await Promise.all([
    prisma().user.findUnique({ where: { id: userId } }),
    all<Pick<SessionModel, "id" | "agent" | "address" | "createdAt" | "lastSeenAt">>(
      sql`SELECT id, agent, address, "createdAt", "lastSeenAt" FROM "Session" WHERE "userId" = ${userId} AND expires > now() ORDER BY "lastSeenAt" DESC`,
    ),
  ]);
  if (!user) return null;
  return {
    id: user.id,
    email: user.email,
    firstName: user.firstName,
    lastName: user.lastName,
    sessions: sessions.map((session) => ({
      id: session.id,
      agent: session.agent,
      address: session.address,
      createdAt: session.createdAt.toISOString(),
      lastSeenAt: session.lastSeenAt.toISOString(),
      current: session.id === currentSessionId,
    })),
  };
}

/** A name as a membership stores it: `name` as SCIM returns it, and folded for filters. Both are empty when there is no name. */
export function nameAttributes(givenName: string, familyName: string) {
  const name = { ...(givenName && { givenName }), ...(familyName && { familyName }) };
  if (Object.keys(name).length === 0) return { attributes: {}, folded: {} };
  const folded = Object.fromEntries(Object.entries(name).map(([key, value]) => [key, fold(value)]));
  return { attributes: { name }, folded: { name: folded } };
}

/**
 * Stores the names that people give themselves. Memberships without an identity provider follow, so that SCIM returns the new names;
 * managed memberships keep the names their identity provider sent (D-50).
 */
export async function updateAccount(userId: string, names: { firstName: string; lastName: string }): Promise<void> {
  const [firstName, lastName] = [typedName(names.firstName, "person"), typedName(names.lastName, "person")];
  await inTransaction(userId, async (tx) => {
    await tx.run(sql`UPDATE "User" SET "firstName" = ${firstName}, "lastName" = ${lastName} WHERE id = ${userId}`);
    await followAccount(tx, { id: userId, firstName, lastName });
  });
}

type Follower = Pick<Membership, "workspaceId" | "id" | "givenName" | "familyName" | "userName" | "attributes">;

/** Rewrites search texts after a statement that only knows the account has changed people's names. */
async function renewSearchTexts(tx: Tx, userId: string): Promise<void> {
  const people = await tx.all<Follower>(sql`
    SELECT "workspaceId", id, "givenName", "familyName", "userName", attributes FROM "Membership" WHERE "userId" = ${userId} AND state <> 'ended'`);
  for (const person of people) {
    tx.send(sql`
      UPDATE "Membership" SET "searchText" = ${personSearchText(person)} WHERE "workspaceId" = ${person.workspaceId} AND id = ${person.id}`);
  }
}

/** Copies the account's name to its memberships that no identity provider manages. */
export async function followAccount(tx: Tx, user: Pick<User, "id" | "firstName" | "lastName">): Promise<void> {
  const { firstName, lastName } = user;
  const { attributes, folded } = nameAttributes(firstName, lastName);
  await tx.run(sql`
    UPDATE "Membership" SET "givenName" = ${firstName}, "familyName" = ${lastName}, version = version + 1, "updatedAt" = now(),
      attributes = (attributes - 'name') || ${JSON.stringify(attributes)}::jsonb, folded = (folded - 'name') || ${JSON.stringify(folded)}::jsonb
    WHERE "userId" = ${user.id} AND "connectionId" IS NULL AND state <> 'ended' AND ("givenName", "familyName") IS DISTINCT FROM (${firstName}, ${lastName})`);
  await renewSearchTexts(tx, user.id);
}

/** The email of an in-app person as a membership stores it: the login address, as SCIM returns it and folded for filters. */
export function emailAttributes(address: string) {
  const email = { value: address, type: "work", primary: true };
  return { attributes: { emails: [email] }, folded: { emails: [{ ...email, value: addressKey(address) }] } };
}

/**
 * Copies an account's current email address to its memberships in every workspace. Memberships that no identity provider manages also take
 * it as userName and email, unless another member there has that userName.
 */
export async function followAddress(tx: Tx, userId: string, old: string, address: string): Promise<void> {
  const [key, oldKey] = [addressKey(address), addressKey(old)];
  await tx.run(
    sql`UPDATE "Membership" SET address = ${address}, "addressKey" = ${key} WHERE "userId" = ${userId} AND state <> 'ended'`,
  );
  const { attributes, folded } = emailAttributes(address);
  await tx.run(sql`
    UPDATE "Membership" m SET "userName" = ${address}, "userNameKey" = ${key}, version = version + 1, "updatedAt" = now(),
      attributes = attributes || ${JSON.stringify(attributes)}::jsonb, folded = folded || ${JSON.stringify(folded)}::jsonb
    WHERE "userId" = ${userId} AND "connectionId" IS NULL AND state <> 'ended' AND "userNameKey" = ${oldKey} AND NOT EXISTS (
      SELECT 1 FROM "Membership" o WHERE o."workspaceId" = m."workspaceId" AND o."userNameKey" = ${key} AND o.state <> 'ended' AND o.id <> m.id)`);
  await renewSearchTexts(tx, userId);
}

export async function endSession(userId: string, sessionId: string): Promise<void> {
  await run(sql`DELETE FROM "Session" WHERE "userId" = ${userId} AND id::text = ${sessionId}`);
}

export async function endOtherSessions(userId: string, currentSessionId: string): Promise<void> {
  await run(sql`DELETE FROM "Session" WHERE "userId" = ${userId} AND id::text <> ${currentSessionId}`);
}
