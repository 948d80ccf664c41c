import { AsyncLocalStorage } from "node:async_hooks";
import { createHash, randomBytes } from "node:crypto";
import type { NextAuthOptions } from "next-auth";
import type { Adapter, AdapterUser } from "next-auth/adapters";
import Email from "next-auth/providers/email";
import { prisma } from "@/lib/database/pool";
import { inTransaction } from "@/lib/database/transaction";
import type { UserModel } from "@/lib/db";
import { safePath } from "@/lib/request/safe-path";
import { confirmAddress } from "@/lib/workspace/accounts/accounts";
import { admitProvider, type ProviderClaims } from "@/lib/workspace/accounts/provider-links";
import { newId } from "@/lib/workspace/id";
import { linkSeconds } from "@/lib/workspace/mail/outbox";
import { addressKey } from "./address";
import { authCookies } from "./auth-cookies";
import { one, run, runAside, sql } from "./db";
import { env } from "./env";
import { log } from "./log";
import { oidcProviders } from "./sign-in-providers";
import { cutText } from "./text";

/** Who opens a session. Stored with the session so that its owner can tell sessions apart. */
type Visitor = {
  address: string | null;
  agent: string | null;
  /** Set when somebody who is signed in connects a provider to their account. */
  userId?: string | undefined;
};

const here = globalThis as { musterVisitor?: AsyncLocalStorage<Visitor> };
here.musterVisitor ??= new AsyncLocalStorage<Visitor>();

/** Runs next-auth for a visitor. */
export function asVisitor<Result>(visitor: Visitor, work: () => Result): Result {
  return here.musterVisitor ? here.musterVisitor.run(visitor, work) : work();
}

const day = 86_400;

/** A session lasts at most 30 days, and 8 hours without use (T24). */
const sessionSeconds = 30 * day;

const idleSeconds = 8 * 3_600;

function hash(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function isSecure(): boolean {
  return env().MUSTER_URL.startsWith("https:");
}

export function sessionCookieName(): string {
  return authCookieNames().sessionToken;
}

/** The names of the sign-in cookies. */
export function authCookieNames() {
  const { sessionToken, callbackUrl } = authCookies(isSecure());
  return { sessionToken: sessionToken.name, callbackUrl: callbackUrl.name };
}

/** Opens a session for a person who proved their email address outside next-auth; returns its cookie. */
export async function openSession(userId: string, visitor: Visitor): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  await insertSession(token, userId, visitor);
  const flags = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${sessionSeconds}${isSecure() ? "; Secure" : ""}`;
  return `${sessionCookieName()}=${token}; ${flags}`;
}

async function insertSession(token: string, userId: string, visitor: Visitor): Promise<void> {
  const agent = visitor.agent && cutText(visitor.agent, 300);
  await run(sql`
    INSERT INTO "Session" (id, "tokenHash", "userId", expires, address, agent)
    VALUES (${newId()}, ${hash(token)}, ${userId}, now() + make_interval(secs => ${sessionSeconds}), ${visitor.address}, ${agent})`);
}

export type SignedIn = { sessionId: string; user: { id: string; email: string; name: string } };

/** The session behind a cookie, or null if it ended, expired, or went unused for eight hours. The database's clock decides. */
export async function findSession(token: string | undefined): Promise<SignedIn | null> {
  if (!token) return null;
  const row = await one<
    Pick<UserModel, "id" | "email" | "firstName" | "lastName"> & { sessionId: string; stale: boolean }
  >(sql`
    SELECT s.id AS "sessionId", u.id, u.email, u."firstName", u."lastName", s."lastSeenAt" < now() - interval '5 minutes' AS stale
    FROM "Session" s JOIN "User" u ON u.id = s."userId"
    WHERE s."tokenHash" = ${hash(token)} AND s.expires > now() AND s."lastSeenAt" > now() - make_interval(secs => ${idleSeconds})`);
  if (!row) return null;
  if (row.stale) await runAside(sql`UPDATE "Session" SET "lastSeenAt" = now() WHERE id = ${row.sessionId}`);
  const name = `${row.firstName} ${row.lastName}`.trim() || row.email;
  return { sessionId: row.sessionId, user: { id: row.id, email: row.email, name } };
}

type NewUser = Omit<AdapterUser, "id">;

const noUser = () => {
  throw new Error("accounts are made by workspaces, never by signing in");
};

function toAdapterUser(user: { id: string; email: string; emailVerified: Date | null } | null): AdapterUser | null {
  return user && { id: user.id, email: user.email, emailVerified: user.emailVerified };
}

/** next-auth's adapter for our tables; secrets are stored hashed. */
const adapter: Adapter = {
  createUser: (_: NewUser) => noUser(),
  getUser: async (id) => toAdapterUser(await prisma().user.findUnique({ where: { id } })),
  getUserByEmail: async (email) =>
    toAdapterUser(await prisma().user.findUnique({ where: { emailKey: addressKey(email) } })),
  getUserByAccount: async ({ provider, providerAccountId }) => {
    const account = await prisma().account.findUnique({
      where: { provider_providerAccountId: { provider, providerAccountId } },
      include: { user: true },
    });
    return toAdapterUser(account?.user ?? null);
  },
  updateUser: async (user) => {
    // next-auth calls this in one case only: somebody used a link that was mailed to the email address.
    const confirmed = await inTransaction(user.id, (tx) => confirmAddress(tx, user.id));
    if (!confirmed) throw new Error("the account is gone");
    return { id: confirmed.id, email: confirmed.email, emailVerified: new Date() };
  },
  linkAccount: () => {
    throw new Error("admitProvider has linked the account already");
  },
  createSession: async ({ sessionToken, userId, expires }) => {
    await insertSession(sessionToken, userId, here.musterVisitor?.getStore() ?? { address: null, agent: null });
    return { sessionToken, userId, expires };
  },
  getSessionAndUser: async (sessionToken) => {
    const found = await findSession(sessionToken);
    if (!found) return null;
    const user = { id: found.user.id, email: found.user.email, emailVerified: null };
    return { session: { sessionToken, userId: user.id, expires: new Date(Date.now() + sessionSeconds * 1000) }, user };
  },
  updateSession: async () => null,
  deleteSession: async (sessionToken) => {
    await prisma().session.deleteMany({ where: { tokenHash: hash(sessionToken) } });
  },
  createVerificationToken: () => {
    throw new Error("links are asked for at /api/sign-in");
  },
  useVerificationToken: async ({ identifier, token }) => {
    // The token arrives hashed; DELETE … RETURNING lets it work only once.
    const row = await one<{ isLive: boolean }>(
      sql`DELETE FROM "VerificationToken" WHERE identifier = ${addressKey(identifier)} AND "tokenHash" = ${token} RETURNING expires > now() AS "isLive"`,
    );
    // next-auth checks the expiry against this process's clock, which may be wrong; the database has already checked it.
    return row?.isLive ? { identifier, token, expires: new Date(Date.now() + linkSeconds * 1000) } : null;
  },
};

let options: NextAuthOptions | undefined;

/** next-auth's settings, created on first use because the environment must be read at run time, never at build time. */
export function authOptions(): NextAuthOptions {
  process.env.NEXTAUTH_URL = env().MUSTER_URL; // otherwise every link points to localhost
  options ??= {
    secret: env().MUSTER_SECRET,
    adapter,
    cookies: authCookies(isSecure()),
    session: {
      strategy: "database",
      maxAge: sessionSeconds,
      generateSessionToken: () => randomBytes(32).toString("base64url"),
    },
    pages: { signIn: "/sign-in", signOut: "/sign-out", verifyRequest: "/sign-in?sent=1", error: "/sign-in" },
    providers: [
      Email({
        maxAge: linkSeconds,
        from: env().MAIL_FROM,
        sendVerificationRequest: () => {
          throw new Error("links are asked for at /api/sign-in");
        },
      }),
      ...oidcProviders(),
    ],
    callbacks: {
      signIn: async ({ account, profile }) => {
        if (!account || account.type === "email") return true;
        const { provider, providerAccountId: subject } = account;
        const claims = (profile ?? {}) as ProviderClaims;
        const signedInAs = here.musterVisitor?.getStore()?.userId ?? null;
        return admitProvider({ provider, subject, claims }, signedInAs, env().AUTH_ENTRA_TENANT);
      },
      redirect: ({ url, baseUrl }) => `${baseUrl}${safePath(url)}`,
    },
    logger: {
      error: (code, metadata) =>
        log().warn({ code, detail: String((metadata as Error)?.message ?? "") }, "sign-in failed"),
      warn: (code) => log().debug({ code }, "sign-in"),
      debug: () => {},
    },
  };
  return options;
}
