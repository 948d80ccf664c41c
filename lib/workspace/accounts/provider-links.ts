import { addressKey, parseAddress } from "@/lib/address";
import { prisma } from "@/lib/database/pool";
import { inTransaction } from "@/lib/database/transaction";
import { type AccountModel, all, type MembershipModel, one, sql, type Tx, type WorkspaceModel } from "@/lib/db";
import { env } from "@/lib/env";
import { translator } from "@/lib/messages/translator";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { isVerifiedDomain } from "@/lib/workspace/claims/verified";
import { addMail, mailAdmins } from "@/lib/workspace/mail/outbox";
import { notFound } from "@/lib/workspace/refusal";
import { resetAccount, type User } from "./accounts";

// Accounts and OpenID providers (D-31): a provider is trusted only for what it proves, on domains that are verified here.

/** A provider's claims about a person, as received: untyped until checked. */
export type ProviderClaims = Partial<
  Record<"email" | "email_verified" | "xms_edov" | "tid" | "oid" | "preferred_username" | "upn" | "sub", unknown>
>;

export type ProviderAccount = { provider: string; subject: string; claims: ProviderClaims };

/** Entra's id at next-auth. */
const entra = "azure-ad";

/** Some providers send booleans as text, and Entra `xms_edov` as a number too. */
function isTrue(value: unknown): boolean {
  return value === true || value === 1 || ["true", "1"].includes(String(value).toLowerCase());
}

function addressOf(value: unknown): string | null {
  return typeof value === "string" ? (parseAddress(value)?.address ?? null) : null;
}

/**
 * The email address that a provider proves, or null. Any tenant's admin can put anything into Entra's `email`; only `xms_edov` makes it
 * proof (nOAuth).
 */
function provenEmail(provider: string, { email, email_verified, xms_edov }: ProviderClaims): string | null {
  return isTrue(provider === entra ? xms_edov : email_verified) ? addressOf(email) : null;
}

/** The person's names in the operator's own Entra tenant. `pinned` is the tenant id, in any case. */
function namesInTenant({ provider, claims }: ProviderAccount, pinned: string | undefined) {
  const isOurs = typeof claims.tid === "string" && claims.tid.toLowerCase() === pinned?.toLowerCase();
  if (provider !== entra || !isOurs) return { oid: null, names: [] };
  const names = [claims.preferred_username, claims.upn].map(addressOf).filter((name) => name !== null);
  return { oid: typeof claims.oid === "string" ? claims.oid : null, names };
}

/** Finds an account by a proven email address: its domain must be verified, in any workspace. */
function findByProof(address: string): Promise<User | null> {
  return one<User>(sql`
    SELECT u.id, u.email, u."emailVerified", u."firstName", u."lastName" FROM "User" u WHERE u."emailKey" = ${addressKey(address)} AND EXISTS (
      SELECT 1 FROM "Domain" d WHERE d.name = split_part(u."emailKey", '@', 2) AND ${isVerifiedDomain})`);
}

/**
 * The provisioned person whom the tenant means: by `oid` where it equals their externalId, else by user name. Either counts only if the
 * workspace that provisions them has verified the domain they sign in on. Two matching accounts count as no match.
 */
async function findProvisioned(oid: string | null, names: string[]): Promise<User | null> {
  const [named, byOid] = [await findByNames(names.map(addressKey)), oid === null ? [] : await findByObjectId(oid)];
  // Any workspace can write any externalId, so when the user name is known here, only the workspace it belongs to decides.
  const home = new Set(named.map(({ workspaceId }) => workspaceId));
  const trusted = home.size === 0 ? byOid : byOid.filter(({ workspaceId }) => home.has(workspaceId));
  return only(trusted) ?? only(named);
}

type Provisioned = User & Pick<MembershipModel, "workspaceId">;

/** People who sign in on a domain of their own workspace, by email address. */
function findByNames(keys: string[]): Promise<Provisioned[]> {
  return all<Provisioned>(sql`
    SELECT u.id, u.email, u."emailVerified", u."firstName", u."lastName", m."workspaceId" FROM "User" u
    JOIN "Membership" m ON m."userId" = u.id AND m.state = 'active'
    JOIN "Domain" d ON d."workspaceId" = m."workspaceId" AND d.name = split_part(u."emailKey", '@', 2) AND ${isVerifiedDomain}
    WHERE u."emailKey" = ANY(${keys})`);
}

/**
 * Same as `findByNames`, by the externalId that the workspace provisions them with; `left` matches the index. For someone who is also in
 * another workspace, that workspace must agree: one workspace's externalId can't redirect a sign-in elsewhere.
 */
function findByObjectId(oid: string): Promise<Provisioned[]> {
  return all<Provisioned>(sql`
    SELECT u.id, u.email, u."emailVerified", u."firstName", u."lastName", m."workspaceId"
    FROM "Domain" d JOIN "Membership" m ON m."workspaceId" = d."workspaceId" AND left(m."externalId", 400) = left(${oid}, 400) AND m."externalId" = ${oid}
    JOIN "User" u ON u.id = m."userId" AND split_part(u."emailKey", '@', 2) = d.name
    WHERE ${isVerifiedDomain} AND m.state = 'active' AND m."connectionId" IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM "Membership" o WHERE o."userId" = u.id AND o.state <> 'ended' AND o."externalId" IS DISTINCT FROM ${oid})`);
}

function only(rows: User[]): User | null {
  const ids = new Set(rows.map(({ id }) => id));
  return ids.size === 1 ? (rows[0] ?? null) : null;
}

async function findMeant(account: ProviderAccount, pinned: string | undefined): Promise<User | null> {
  const { oid, names } = namesInTenant(account, pinned);
  const provisioned = oid === null && names.length === 0 ? null : await findProvisioned(oid, names);
  if (provisioned) return provisioned;
  const email = provenEmail(account.provider, account.claims);
  return email === null ? null : findByProof(email);
}

/**
 * Whether a provider's account may sign in: it is already linked, or the provider proves its owner and it is linked now. With
 * `signedInAs`, it is linked from the account page. Otherwise the person has to use the email link first.
 */
export async function admitProvider(
  account: ProviderAccount,
  signedInAs: string | null,
  pinned: string | undefined,
): Promise<boolean> {
  const { provider, subject } = account;
  const known = await one(
    sql`SELECT 1 FROM "Account" WHERE provider = ${provider} AND "providerAccountId" = ${subject}`,
  );
  if (known) return true;
  const userId = signedInAs ?? (await findMeant(account, pinned))?.id;
  if (userId === undefined) return false;
  return inTransaction(`links ${userId}`, (tx) => linkProvider(tx, userId, account));
}

async function linkProvider(tx: Tx, userId: string, { provider, subject, claims }: ProviderAccount): Promise<boolean> {
  const user = await tx.one<User>(
    sql`SELECT id, email, "emailVerified", "firstName", "lastName" FROM "User" WHERE id = ${userId} FOR UPDATE`,
  );
  if (!user) return false;
  if (user.emailVerified === null) await resetAccount(tx, user); // drop whatever anyone prepared before (T14)
  const label = [claims.email, claims.preferred_username, claims.upn].find((name) => typeof name === "string");
  const linked = await tx.one<Pick<AccountModel, "id">>(sql`
    INSERT INTO "Account" (provider, "providerAccountId", "userId", type, label) VALUES (${provider}, ${subject}, ${userId}, 'oauth', ${label ?? null})
    ON CONFLICT DO NOTHING RETURNING id`);
  await tx.run(sql`UPDATE "User" SET "emailVerified" = coalesce("emailVerified", now()) WHERE id = ${userId}`);
  if (linked) await announceLink(tx, user, provider, linked.id, "linked");
  return true;
}

/** Audits a link in every workspace of the account, and emails its owner and each workspace's admins. */
async function announceLink(tx: Tx, user: User, provider: string, cause: string, what: "linked" | "removed") {
  const name = providerName(provider);
  addMail(tx, {
    kind: what === "linked" ? "provider_linked" : "provider_removed",
    to: user.email,
    workspaceId: null,
    data: { provider: name },
    dedupeKey: `provider_${what} ${cause}`,
  });
  const places = await tx.all<Pick<WorkspaceModel, "id" | "name" | "slug"> & { membershipId: string }>(sql`
    SELECT w.id, w.name, w.slug, m.id AS "membershipId" FROM "Membership" m JOIN "Workspace" w ON w.id = m."workspaceId"
    WHERE m."userId" = ${user.id} AND m.state <> 'ended' ORDER BY w.id`);
  for (const place of places) {
    const actor: Actor = { workspaceId: place.id, kind: "member", id: place.membershipId, name: user.email };
    const target = { kind: "membership" as const, id: place.membershipId, name: user.email };
    record(tx, actor, `account.provider_${what}`, target, { after: { provider: name } });
    if (what === "linked") {
      // `what` is for a server of an older version that sends this email: it has no text for `given`.
      const signIn = translator("mails", "en")("given.sign_in", { provider: name });
      const data = {
        what: signIn,
        given: "sign_in",
        provider: name,
        name: user.email,
        by: user.email,
        page: "members",
      };
      await mailAdmins(tx, place, "access_given", data, `link ${cause} ${place.id}`, actor);
    }
  }
}

/** A provider's display name. */
function providerName(provider: string): string {
  return { [entra]: "Microsoft Entra ID", google: "Google" }[provider] ?? env().AUTH_OIDC_NAME;
}

export type ProviderLink = Pick<AccountModel, "id" | "provider" | "label"> & { createdAt: string };

/** The providers linked to an account, oldest first. */
export async function listProviderLinks(userId: string): Promise<ProviderLink[]> {
  const rows = await prisma().account.findMany({
    where: { userId },
    select: { id: true, provider: true, label: true, createdAt: true },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
}

/** Removes a link: the provider no longer signs in to this account. The email link still works. */
export async function removeProviderLink(userId: string, linkId: string): Promise<void> {
  await inTransaction(`links ${userId}`, async (tx) => {
    const removed = await tx.one<Pick<AccountModel, "provider">>(
      sql`DELETE FROM "Account" WHERE id = ${linkId} AND "userId" = ${userId} RETURNING provider`,
    );
    const user = await tx.one<User>(
      sql`SELECT id, email, "emailVerified", "firstName", "lastName" FROM "User" WHERE id = ${userId}`,
    );
    if (!removed || !user) throw notFound("signInMethod");
    await announceLink(tx, user, removed.provider, linkId, "removed");
  });
}
