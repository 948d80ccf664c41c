import { describe, expect, test } from "vitest";
import { findSession, openSession } from "@/lib/auth";
import { all, one, run, sql } from "@/lib/db";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { acceptSignedIn } from "@/lib/provisioning/testing/decisions";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { acceptInvite } from "@/lib/workspace/invites/accept";
import { listMembers } from "@/lib/workspace/members/list";
import { findAccess } from "@/lib/workspace/membership/access";
import { unseal } from "@/lib/workspace/seal";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import { createSignInLink } from "./sign-in-links";

// Changes of userName and email (D-24, D-25, D-27, D-28), linking accounts (D-29, T14, T15), and addresses that change hands (D-30).

const visitor = { address: "127.0.0.1", agent: "Test" };
const suspend = patchBody({ op: "Replace", path: "active", value: "False" });
const tokenOf = (cookie: string) => /=([^;]+)/.exec(cookie)?.[1] ?? "";
const replace = (path: string, value: unknown) => patchBody({ op: "Replace", path, value });

const userOf = (address: string) =>
  one<{ id: string; email: string; emailVerified: Date | null; firstName: string; lastName: string }>(
    sql`SELECT id, email, "emailVerified", "firstName", "lastName" FROM "User" WHERE "emailKey" = ${address.toLowerCase()}`,
  );

async function userIdOf(address: string): Promise<string> {
  const user = await userOf(address);
  if (!user) throw new Error(`no account for ${address}`);
  return user.id;
}

const rowOf = ({ id }: TestWorkspace, person: unknown) =>
  one<{ state: string; role: string; userId: string | null; address: string | null; userName: string }>(
    sql`SELECT state, role, "userId", address, "userName" FROM "Membership" WHERE "workspaceId" = ${id} AND id = ${String(person)}`,
  );

async function inviteSecret({ id }: TestWorkspace, to: string): Promise<string> {
  const row = await one<{ sealed: string }>(
    sql`SELECT sealed FROM "Mail" WHERE "workspaceId" = ${id} AND "to" = ${to} AND kind = 'invite' ORDER BY id DESC LIMIT 1`,
  );
  return unseal(row?.sealed ?? "");
}

async function mailsOf({ id }: TestWorkspace, kind: string): Promise<string[]> {
  const rows = await all<{ to: string }>(
    sql`SELECT "to" FROM "Mail" WHERE "workspaceId" = ${id} AND kind = ${kind} ORDER BY id`,
  );
  return rows.map(({ to }) => to);
}

/** What the log says of the last request. */
async function lastNotes({ id }: TestWorkspace): Promise<string> {
  await flushRequestLog();
  const row = await one<{ notes: string[] }>(
    sql`SELECT notes FROM "ScimRequest" WHERE "workspaceId" = ${id} ORDER BY at DESC, id DESC LIMIT 1`,
  );
  return (row?.notes ?? []).join(" ");
}

/** An account that somebody made with another's address, which they never confirmed. */
async function prepareAccount(address: string): Promise<string> {
  await run(sql`
    INSERT INTO "User" (id, email, "emailKey", "firstName", "lastName") VALUES (gen_random_uuid(), ${address}, ${address}, 'Evil', 'One')`);
  return userIdOf(address);
}

describe("T14 an account that an attacker prepared gives them nothing", () => {
  /** What the attacker still has: sessions, links to their provider, sign-in links, a confirmed address. */
  const holdings = (userId: string, address: string) =>
    one(sql`
      SELECT (SELECT count(*) FROM "Session" WHERE "userId" = ${userId}) AS sessions, (SELECT count(*) FROM "Account" WHERE "userId" = ${userId}) AS links,
        (SELECT count(*) FROM "VerificationToken" WHERE identifier = ${address}) AS codes, (SELECT "emailVerified" IS NOT NULL FROM "User" WHERE id = ${userId}) AS confirmed`);
  const nothing = { sessions: 0, links: 0, codes: 0, confirmed: false };

  const link = (userId: string, name: string) =>
    run(
      sql`INSERT INTO "Account" ("userId", type, provider, "providerAccountId") VALUES (${userId}, 'oauth', 'oidc', ${`${name}-${userId}`})`,
    );
  const variants: [string, (userId: string, address: string) => Promise<unknown>][] = [
    ["classic merge: the account itself", async () => {}],
    ["live session", (userId) => openSession(userId, visitor)],
    ["trojan identifier: their own provider linked", (userId) => link(userId, "trojan")],
    ["pending sign-in link", (_, address) => createSignInLink(address)],
    [
      "non-verifying provider, and a session by it",
      async (userId) => {
        await link(userId, "unverified");
        await openSession(userId, visitor);
      },
    ],
  ];

  test.each(variants)("T14 %s", async (_, prepare) => {
    const workspace = await openWorkspace("hijack");
    const address = `victim@${workspace.domain}`;
    const userId = await prepareAccount(address);
    await prepare(userId, address);
    const { body } = await workspace.scim("POST", "/Users", userBody(address, { name: { givenName: "Vic" } }));
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "active", userId });
    expect(await holdings(userId, address)).toEqual(nothing);
  });

  test("T14 by an invite that is accepted, the same", async () => {
    const workspace = await openWorkspace("hijack");
    const address = `victim${workspace.slug}@else.test`;
    const userId = await prepareAccount(address);
    await openSession(userId, visitor);
    await link(userId, "invite");
    await workspace.scim("POST", "/Users", userBody(address));
    await acceptSignedIn(workspace, address);
    expect(await holdings(userId, address), "their own session").toEqual({ ...nothing, sessions: 1, confirmed: true });
  });

  test("T14 when a domain becomes verified, the same for who was invited", async () => {
    const workspace = await openWorkspace("hijack");
    const address = `victim@late-${workspace.domain}`;
    const userId = await prepareAccount(address);
    await openSession(userId, visitor);
    await workspace.scim("POST", "/Users", userBody(address));
    const { addDomain, trustDomain } = await import("@/lib/workspace/domains/domains");
    await addDomain(workspace.operator, `late-${workspace.domain}`);
    await trustDomain(workspace.operator, `late-${workspace.domain}`);
    expect(await holdings(userId, address)).toEqual(nothing);
  });
});

describe("one person in two workspaces", () => {
  /** The person is a member of `home`, whose domain the address is on, and a guest of `other`. */
  async function openShared() {
    const [home, other] = [await openWorkspace("home"), await openWorkspace("other")];
    const address = `lin@${home.domain}`;
    const names = { name: { givenName: "Lin", familyName: "Home" } };
    const inHome = String((await home.scim("POST", "/Users", userBody(address, names))).body.id);
    const inOther = String((await other.scim("POST", "/Users", userBody(address, names))).body.id);
    await acceptSignedIn(other, address);
    return { home, other, address, inHome, inOther };
  }

  test("T15 what the workspace without the domain says changes neither the account nor what the other one shows", async () => {
    const { home, other, address, inHome, inOther } = await openShared();
    const [before, account] = [(await home.scim("GET", `/Users/${inHome}`)).body, await userOf(address)];
    for (const body of [replace("name.familyName", "Pwned"), replace("userName", `evil@${other.domain}`)]) {
      expect((await other.scim("PATCH", `/Users/${inOther}`, body)).status).toBe(200);
    }
    expect((await home.scim("GET", `/Users/${inHome}`)).body).toEqual(before);
    expect(await userOf(address)).toEqual(account);
    expect(await lastNotes(other)).toContain(`${home.domain} is not verified here`);
  });

  test("T15 what the workspace with the domain says changes nothing that the other one shows", async () => {
    const { home, other, inHome, inOther } = await openShared();
    const before = (await other.scim("GET", `/Users/${inOther}`)).body;
    await home.scim("PATCH", `/Users/${inHome}`, replace("name.familyName", "Married"));
    expect((await other.scim("GET", `/Users/${inOther}`)).body).toEqual(before);
  });

  test("R-71 suspended where the domain is not verified, the other workspace and its sessions go on; where it is, all sessions end", async () => {
    const { home, other, address, inHome, inOther } = await openShared();
    const userId = await userIdOf(address);
    const cookie = await openSession(userId, visitor);
    await other.scim("PATCH", `/Users/${inOther}`, suspend);
    expect(await findAccess(userId, other.slug)).toBeNull();
    expect(await findAccess(userId, home.slug)).not.toBeNull();
    expect(await findSession(tokenOf(cookie))).not.toBeNull();
    await home.scim("PATCH", `/Users/${inHome}`, suspend);
    expect(await findSession(tokenOf(cookie))).toBeNull();
  });
});

describe("a login address that changes", () => {
  async function openMember() {
    const workspace = await openWorkspace("login");
    const address = `lin@${workspace.domain}`;
    const { body } = await workspace.scim("POST", "/Users", userBody(address));
    return { workspace, address, path: `/Users/${body.id}`, id: String(body.id) };
  }

  test("follows between verified domains: sessions end, both addresses are mailed, the change is audited", async () => {
    const { workspace, address, path, id } = await openMember();
    const cookie = await openSession(await userIdOf(address), visitor);
    const next = `lin.new@${workspace.domain}`;
    await workspace.scim("PATCH", path, replace("userName", next));
    expect(await rowOf(workspace, id)).toMatchObject({ address: next, userName: next });
    expect(await userOf(next)).not.toBeNull();
    expect(await userOf(address)).toBeNull();
    expect(await findSession(tokenOf(cookie))).toBeNull();
    expect(await mailsOf(workspace, "address_changed")).toEqual([address, next]);
    const events = await all(
      sql`SELECT 1 FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND "targetId" = ${id} AND action = 'membership.address_changed'`,
    );
    expect(events).toHaveLength(1);
  });

  test("a change of letter case alone is none", async () => {
    const { workspace, address, path, id } = await openMember();
    await workspace.scim("PATCH", path, replace("userName", address.toUpperCase()));
    expect(await rowOf(workspace, id)).toMatchObject({ address, userName: address.toUpperCase() });
    expect(await mailsOf(workspace, "address_changed")).toEqual([]);
  });

  test("stays where the new domain is not verified here, and the log says so", async () => {
    const { workspace, address, path, id } = await openMember();
    await workspace.scim("PATCH", path, replace("userName", "lin@nowhere.test"));
    expect(await rowOf(workspace, id)).toMatchObject({ address, userName: "lin@nowhere.test" });
    expect(await lastNotes(workspace)).toContain("nowhere.test is not verified here");
  });

  test("stays where another account has it; 409 only where another membership has the name", async () => {
    const { workspace, address, path, id } = await openMember();
    const other = `other@${workspace.domain}`;
    const { body } = await workspace.scim("POST", "/Users", userBody(other));
    expect((await workspace.scim("PATCH", path, replace("userName", other))).status).toBe(409);
    await workspace.scim("DELETE", `/Users/${body.id}`);
    expect((await workspace.scim("PATCH", path, replace("userName", other))).status).toBe(200);
    expect(await rowOf(workspace, id)).toMatchObject({ address, userName: other });
    expect(await lastNotes(workspace)).toContain("another account has");
  });

  test("an admin's stays while SCIM may not grant admin, and follows once it may", async () => {
    const { workspace, address, path, id } = await openMember();
    await run(sql`UPDATE "Membership" SET role = 'admin' WHERE "workspaceId" = ${workspace.id} AND id = ${id}`);
    await workspace.scim("PATCH", path, replace("userName", `boss@${workspace.domain}`));
    expect(await rowOf(workspace, id)).toMatchObject({ address });
    expect(await lastNotes(workspace)).toContain("SCIM may not grant admin");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    await workspace.scim("PATCH", path, replace("userName", `chief@${workspace.domain}`));
    expect(await rowOf(workspace, id)).toMatchObject({ address: `chief@${workspace.domain}` });
  });

  test("is never changed by an adoption", async () => {
    const workspace = await openWorkspace("login");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `admin@${workspace.domain}`;
    const row = await one<{ id: string }>(
      sql`SELECT id FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND "userName" = ${address}`,
    );
    await workspace.scim("PUT", `/Users/${row?.id}`, userBody(`taken@${workspace.domain}`));
    expect(await rowOf(workspace, row?.id)).toMatchObject({ address, userName: `taken@${workspace.domain}` });
    expect(await lastNotes(workspace)).toContain("was not managed");
  });

  test("an invite's follows: the old link dies, the new address is mailed", async () => {
    const workspace = await openWorkspace("login");
    const [old, next] = [`old${workspace.slug}@else.test`, `new${workspace.slug}@else.test`];
    const { body } = await workspace.scim("POST", "/Users", userBody(old));
    const secret = await inviteSecret(workspace, old);
    await workspace.scim("PATCH", `/Users/${body.id}`, replace("userName", next));
    await expect(acceptInvite(secret, { firstName: "", lastName: "" })).rejects.toMatchObject({
      reason: "invite_dead",
    });
    await acceptInvite(await inviteSecret(workspace, next), { firstName: "N", lastName: "" });
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "active", address: next });
  });
});

describe("an address that changes hands", () => {
  const tombstoneOf = (address: string) => `0123456789abcdef0123456789abcdef${address}`;

  async function openDeleted() {
    const workspace = await openWorkspace("hands");
    const address = `lin@${workspace.domain}`;
    const { body } = await workspace.scim("POST", "/Users", userBody(address));
    const userId = await userIdOf(address);
    await run(sql`UPDATE "User" SET "emailVerified" = now() WHERE id = ${userId}`);
    const deletion = patchBody(
      { op: "Replace", path: "userName", value: tombstoneOf(address) },
      { op: "Replace", path: "active", value: "False" },
    );
    await workspace.scim("PATCH", `/Users/${body.id}`, deletion);
    return { workspace, address, userId, old: String(body.id) };
  }

  test("R-63 who is deleted in the directory gives the account up to who gets the address, after a reset", async () => {
    const { workspace, address, userId, old } = await openDeleted();
    await openSession(userId, visitor);
    const { body } = await workspace.scim("POST", "/Users", userBody(address));
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "active", userId });
    expect(await rowOf(workspace, old)).toMatchObject({ state: "suspended", userId: null });
    expect(await all(sql`SELECT 1 FROM "Session" WHERE "userId" = ${userId}`)).toEqual([]);
    expect((await userOf(address))?.emailVerified).toBeNull();
    const back = patchBody(
      { op: "Replace", path: "userName", value: address },
      { op: "Replace", path: "active", value: "True" },
    );
    const restored = await workspace.scim("PATCH", `/Users/${old}`, back);
    expect(restored, "while the userName is taken").toMatchObject({ status: 409, body: { scimType: "uniqueness" } });
    await workspace.scim("DELETE", `/Users/${body.id}`);
    expect((await workspace.scim("PATCH", `/Users/${old}`, back)).status).toBe(200);
    expect(await rowOf(workspace, old)).toMatchObject({ state: "active", userId });
  });

  test("somebody who is active keeps theirs: the new person is stored without one, listed as address in use", async () => {
    const workspace = await openWorkspace("hands");
    const address = `lin@${workspace.domain}`;
    await workspace.scim("POST", "/Users", userBody("lin", { emails: [{ value: address, type: "work" }] }));
    const { status, body } = await workspace.scim("POST", "/Users", userBody(address));
    expect(status).toBe(201);
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "invited", userId: null, address: null });
    const { members } = await listMembers(workspace.id, { state: "invited" });
    expect(members).toMatchObject([{ id: body.id, waiting: "Email address in use by another member" }]);
    expect(await mailsOf(workspace, "invite")).toEqual([]);
  });

  test("a POST after a DELETE meets the old account: it starts afresh", async () => {
    const workspace = await openWorkspace("hands");
    const address = `lin@${workspace.domain}`;
    const first = await workspace.scim("POST", "/Users", userBody(address));
    const userId = await userIdOf(address);
    await run(sql`UPDATE "User" SET "emailVerified" = now() WHERE id = ${userId}`);
    await workspace.scim("DELETE", `/Users/${first.body.id}`);
    await openSession(userId, visitor);
    const second = await workspace.scim("POST", "/Users", userBody(address));
    expect(second.body.id).not.toBe(first.body.id);
    expect(await rowOf(workspace, second.body.id)).toMatchObject({ userId });
    expect(await all(sql`SELECT 1 FROM "Session" WHERE "userId" = ${userId}`)).toEqual([]);
  });
});
