import { describe, expect, test } from "vitest";
import { findSession, openSession } from "@/lib/auth";
import { all, one, sql } from "@/lib/db";
import { routeAdapter } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody, versionIs } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { updateAccount } from "@/lib/workspace/accounts/accounts";
import { createSignInLink } from "@/lib/workspace/accounts/sign-in-links";
import { acceptInvite } from "@/lib/workspace/invites/accept";
import { findInvite } from "@/lib/workspace/invites/invites";
import { findAccess } from "@/lib/workspace/membership/access";
import { unseal } from "@/lib/workspace/seal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { setSeatLimit, updateSettings } from "@/lib/workspace/workspaces/settings";
import { insertMember } from "./create";
import { reactivateMember, suspendMember, updateRole } from "./edit";

// What an identity provider changes in a workspace: who comes in how (D-32, D-34, D-35), suspension and the way back (D-36, D-37, D-39),
// admins (D-44, D-45), seats (D-46), and whose people they are (D-10, D-11, D-50).

const suspend = patchBody({ op: "Replace", path: "active", value: "False" });
const reactivate = patchBody({ op: "Replace", path: "active", value: "True" });
const visitor = { address: "127.0.0.1", agent: "Test" };

type Row = { id: string; state: string; role: string; userId: string | null; address: string | null };

async function rowOf({ id }: TestWorkspace, membershipId: unknown): Promise<Row | null> {
  return one<Row>(
    sql`SELECT id, state, role, "userId", address FROM "Membership" WHERE "workspaceId" = ${id} AND id = ${String(membershipId)}`,
  );
}

async function mailsOf({ id }: TestWorkspace, to: string): Promise<string[]> {
  const rows = await all<{ kind: string }>(
    sql`SELECT kind FROM "Mail" WHERE "workspaceId" = ${id} AND "to" = ${to} ORDER BY "createdAt", id`,
  );
  return rows.map(({ kind }) => kind).sort();
}

async function userIdOf(address: string): Promise<string> {
  const row = await one<{ id: string }>(sql`SELECT id FROM "User" WHERE "emailKey" = ${address}`);
  if (!row) throw new Error(`no account for ${address}`);
  return row.id;
}

const tokenOf = (cookie: string) => /=([^;]+)/.exec(cookie)?.[1] ?? "";

/** The link of an invite as its mail carries it. */
async function inviteSecret({ id }: TestWorkspace, to: string): Promise<string> {
  const row = await one<{ sealed: string }>(
    sql`SELECT sealed FROM "Mail" WHERE "workspaceId" = ${id} AND "to" = ${to} AND kind = 'invite' ORDER BY id DESC LIMIT 1`,
  );
  return unseal(row?.sealed ?? "");
}

describe("who comes in how", () => {
  test("verified domain: a member at once, with an account, the added and the welcome mail", async () => {
    const workspace = await openWorkspace();
    const address = `lin@${workspace.domain}`;
    const { body } = await workspace.scim("POST", "/Users", userBody(address));
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "active", role: "member", address });
    expect(await mailsOf(workspace, address)).toEqual(["added", "welcome"]);
    expect(await findAccess(await userIdOf(address), workspace.slug)).toMatchObject({ role: "member" });
  });

  test("another domain: an invite, its mail, no account; accepted it is a member with the same id", async () => {
    const workspace = await openWorkspace();
    const address = `guest${workspace.slug}@elsewhere.test`;
    const { body } = await workspace.scim("POST", "/Users", userBody(address));
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "invited", userId: null, address });
    expect(body.active).toBe(true);
    expect(await mailsOf(workspace, address)).toEqual(["invite"]);
    const secret = await inviteSecret(workspace, address);
    expect(await findInvite(secret)).toMatchObject({ address, workspace: { slug: workspace.slug } });
    await acceptInvite(secret, { firstName: "Gu", lastName: "Est" });
    expect(await rowOf(workspace, body.id)).toMatchObject({ id: body.id, state: "active", address });
    await expect(acceptInvite(secret, { firstName: "A", lastName: "B" }), "once only").rejects.toMatchObject({
      reason: "invite_dead",
    });
  });

  test("an invite that is cancelled by active:false is dead, and frees its seat", async () => {
    const workspace = await openWorkspace();
    const address = `guest${workspace.slug}@elsewhere.test`;
    const { body } = await workspace.scim("POST", "/Users", userBody(address));
    const secret = await inviteSecret(workspace, address);
    const cancelled = await workspace.scim("PATCH", `/Users/${body.id}`, suspend);
    expect(cancelled.body.active).toBe(false);
    expect(await findInvite(secret)).toBeNull();
    await workspace.scim("PATCH", `/Users/${body.id}`, reactivate);
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "invited" });
    expect(await findInvite(secret), "the old link stays dead").toBeNull();
    expect(await findInvite(await inviteSecret(workspace, address))).not.toBeNull();
  });

  test("without an address: waits, and is added once one on the domain is said", async () => {
    const workspace = await openWorkspace();
    const { body } = await workspace.scim("POST", "/Users", userBody("lin"));
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "invited", address: null });
    const path = 'emails[type eq "work"].value';
    await workspace.scim(
      "PATCH",
      `/Users/${body.id}`,
      patchBody({ op: "Add", path, value: `lin@${workspace.domain}` }),
    );
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "active", address: `lin@${workspace.domain}` });
  });

  test("B3 a guest's technical name is no mailbox: the next candidate is the address, and without one the person waits", async () => {
    const workspace = await openWorkspace();
    const address = `ana@${workspace.domain}`;
    const technical = `ana_home.test#EXT#@${workspace.domain}`;
    const named = await workspace.scim(
      "POST",
      "/Users",
      userBody(technical, { emails: [{ value: address, type: "work" }] }),
    );
    expect(named.body.userName).toBe(technical);
    expect(await rowOf(workspace, named.body.id)).toMatchObject({ state: "active", address });
    const alone = await workspace.scim("POST", "/Users", userBody(`lin_home.test#EXT#@${workspace.domain}`));
    expect(alone.status).toBe(201);
    expect(await rowOf(workspace, alone.body.id)).toMatchObject({ state: "invited", address: null });
    const renamed = await workspace.scim(
      "PATCH",
      `/Users/${named.body.id}`,
      patchBody({ op: "Replace", path: "userName", value: `x_y.test#EXT#@${workspace.domain}` }),
    );
    expect(renamed.status).toBe(200);
    expect(await rowOf(workspace, named.body.id)).toMatchObject({ state: "active", address });
  });

  test("no verified domain at all: refused with what to do", async () => {
    const workspace = await openWorkspace();
    await all(sql`DELETE FROM "Domain" WHERE "workspaceId" = ${workspace.id}`);
    const { status, body } = await workspace.scim("POST", "/Users", userBody("x@y.test"));
    expect(status).toBe(403);
    expect(body.detail).toContain("Domain verification");
  });

  test("active:false: stored, no seat, no mail", async () => {
    const workspace = await openWorkspace();
    const address = `lin@${workspace.domain}`;
    const { body } = await workspace.scim("POST", "/Users", userBody(address, { active: false }));
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "suspended", userId: null });
    expect(await mailsOf(workspace, address)).toEqual([]);
  });

  test("a member nobody manages is adopted: same id, the role stays", async () => {
    const workspace = await openWorkspace();
    const address = `admin@${workspace.domain}`;
    const before = await workspace.scim("GET", `/Users?filter=userName+eq+%22${encodeURIComponent(address)}%22`);
    const [known] = before.body.Resources as { id: string }[];
    const { status, body } = await workspace.scim(
      "POST",
      "/Users",
      userBody(address.toUpperCase(), { externalId: "e1" }),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({ id: known?.id, externalId: "e1" });
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "active", role: "admin" });
    expect((await workspace.scim("POST", "/Users", userBody(address))).status, "managed now").toBe(409);
  });
});

describe("T14 linking an account that is there", () => {
  test("a confirmed one is linked, keeps its sessions, and gets no welcome", async () => {
    const [home, other] = [await openWorkspace(), await openWorkspace()];
    const address = `lin@${home.domain}`;
    await other.scim("POST", "/Users", userBody(address));
    await acceptInvite(await inviteSecret(other, address), { firstName: "Lin", lastName: "O" });
    const cookie = await openSession(await userIdOf(address), visitor);
    const { body } = await home.scim("POST", "/Users", userBody(address));
    expect(await rowOf(home, body.id)).toMatchObject({ state: "active", userId: await userIdOf(address) });
    expect(await mailsOf(home, address)).toEqual(["added"]);
    expect(await findSession(tokenOf(cookie))).not.toBeNull();
  });

  test("an unconfirmed one that somebody prepared loses sessions, links and sign-in tokens", async () => {
    const workspace = await openWorkspace();
    const address = `victim@${workspace.domain}`;
    await all(
      sql`INSERT INTO "User" (id, email, "emailKey", "firstName", "lastName") VALUES (gen_random_uuid(), ${address}, ${address}, 'Evil', 'One')`,
    );
    const userId = await userIdOf(address);
    const cookie = await openSession(userId, visitor);
    await createSignInLink(address);
    await all(
      sql`INSERT INTO "Account" ("userId", type, provider, "providerAccountId") VALUES (${userId}, 'oauth', 'oidc', ${`attacker-${address}`})`,
    );
    await workspace.scim("POST", "/Users", userBody(address));
    expect(await findSession(tokenOf(cookie))).toBeNull();
    expect(await all(sql`SELECT 1 FROM "Account" WHERE "userId" = ${userId}`)).toEqual([]);
    expect(await all(sql`SELECT 1 FROM "VerificationToken" WHERE identifier = ${address}`)).toEqual([]);
  });

  test("T15 a name is applied to the account only where its domain is verified", async () => {
    const [home, other] = [await openWorkspace(), await openWorkspace()];
    const address = `lin@${home.domain}`;
    await home.scim("POST", "/Users", userBody(address, { name: { givenName: "Lin", familyName: "Home" } }));
    const elsewhere = await other.scim("POST", "/Users", userBody(address));
    await other.scim(
      "PATCH",
      `/Users/${elsewhere.body.id}`,
      patchBody({ op: "Replace", path: "name.familyName", value: "Pwned" }),
    );
    const user = await one<{ lastName: string }>(sql`SELECT "lastName" FROM "User" WHERE "emailKey" = ${address}`);
    expect(user?.lastName).toBe("Home");
  });
});

describe("suspension", () => {
  test("R-71, T24 access and sessions end with the next request; R-62, R-70 reactivated it is the same member", async () => {
    const workspace = await openWorkspace();
    const address = `lin@${workspace.domain}`;
    const { body } = await workspace.scim("POST", "/Users", userBody(address, { title: "T" }));
    const userId = await userIdOf(address);
    const cookie = await openSession(userId, visitor);
    expect(await findSession(tokenOf(cookie))).not.toBeNull();
    const suspended = await workspace.scim("PATCH", `/Users/${body.id}`, suspend);
    expect(suspended).toMatchObject({ status: 200, body: { active: false } });
    expect(await findSession(tokenOf(cookie))).toBeNull();
    expect(await findAccess(userId, workspace.slug)).toBeNull();
    expect((await workspace.scim("PATCH", `/Users/${body.id}`, suspend)).status, "R-44 once more is fine").toBe(200);
    const back = await workspace.scim("PATCH", `/Users/${body.id}`, reactivate);
    expect(back.body).toMatchObject({ id: body.id, active: true, title: "T" });
    expect(await findAccess(userId, workspace.slug)).not.toBeNull();
  });

  test("R-63 a tombstone name does not touch the login, and the way back restores the member", async () => {
    const workspace = await openWorkspace();
    const address = `lin@${workspace.domain}`;
    const { body } = await workspace.scim("POST", "/Users", userBody(address));
    const tombstone = `0123456789abcdef0123456789abcdef${address}`;
    await workspace.scim(
      "PATCH",
      `/Users/${body.id}`,
      patchBody(
        { op: "Replace", path: "userName", value: tombstone },
        { op: "Replace", path: "active", value: "False" },
      ),
    );
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "suspended", address });
    const back = await workspace.scim(
      "PATCH",
      `/Users/${body.id}`,
      patchBody({ op: "Replace", path: "userName", value: address }, { op: "Replace", path: "active", value: "True" }),
    );
    expect(back).toMatchObject({ status: 200, body: { userName: address, active: true } });
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "active", address });
  });
});

describe("the last admin", () => {
  test("R-65, T09 can't be suspended, ended or demoted by anybody: 400 with what to do", async () => {
    const workspace = await openWorkspace();
    const { body } = await workspace.scim("POST", "/Users", userBody(`admin@${workspace.domain}`));
    for (const [method, sent] of [
      ["PATCH", suspend],
      ["DELETE", undefined],
      ["PUT", userBody(`admin@${workspace.domain}`, { active: false })],
    ] as const) {
      const answer = await workspace.scim(method, `/Users/${body.id}`, sent);
      expect(answer.status, method).toBe(400);
      expect(answer.body.detail).toContain("last admin");
    }
    await expect(updateRole(workspace.operator, String(body.id), "member")).rejects.toMatchObject({
      reason: "last_admin",
    });
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "active", role: "admin" });
  });

  test("T09 two admins suspended at once leave one, however often it is tried", async () => {
    for (let round = 0; round < 10; round++) {
      const workspace = await openWorkspace("race");
      const second = await inWorkspace(workspace.id, (tx) =>
        insertMember(tx, workspace.operator, {
          address: `second@${workspace.domain}`,
          firstName: "",
          lastName: "",
          role: "admin",
        }),
      );
      const first = await one<{ id: string }>(
        sql`SELECT id FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND id <> ${second.id}`,
      );
      const bySuspension = suspendMember(workspace.operator, second.id).then(
        () => 200,
        () => 400,
      );
      const byScim = workspace.scim("PATCH", `/Users/${first?.id}`, suspend).then(({ status }) => status);
      expect((await Promise.all([bySuspension, byScim])).sort()).toEqual([200, 400]);
      const admins = await all(
        sql`SELECT 1 FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND role = 'admin' AND state = 'active'`,
      );
      expect(admins).toHaveLength(1);
    }
  });

  test("T06 roles of an identity provider make nobody an admin unless that is allowed", async () => {
    const workspace = await openWorkspace();
    for (const [index, roles] of [[{ value: "admin" }], "Admin", [{ value: '{"value":"ADMIN"}' }]].entries()) {
      const { body } = await workspace.scim("POST", "/Users", userBody(`r${index}@${workspace.domain}`, { roles }));
      expect(await rowOf(workspace, body.id)).toMatchObject({ role: "member" });
    }
    await all(sql`UPDATE "Workspace" SET "scimMayGrantAdmin" = true WHERE id = ${workspace.id}`);
    const { body } = await workspace.scim(
      "POST",
      "/Users",
      userBody(`boss@${workspace.domain}`, { roles: [{ value: "Admin" }] }),
    );
    expect(await rowOf(workspace, body.id)).toMatchObject({ role: "admin" });
    const withdrawn = await workspace.scim("PATCH", `/Users/${body.id}`, patchBody({ op: "remove", path: "roles" }));
    expect(withdrawn.status).toBe(200);
    expect(await rowOf(workspace, body.id)).toMatchObject({ role: "member" });
  });
});

describe("seats", () => {
  const used = async ({ id }: TestWorkspace) => {
    const row = await one<{ count: number }>(
      sql`SELECT count(*) AS count FROM "Membership" WHERE "workspaceId" = ${id} AND state IN ('invited', 'active')`,
    );
    return row?.count ?? 0;
  };

  test("no seat and Automatic seat assignment off: 403 that names the switch, nothing written, no mail", async () => {
    const workspace = await openWorkspace();
    await setSeatLimit(workspace.operator, 1);
    const address = `lin@${workspace.domain}`;
    const { status, body } = await workspace.scim("POST", "/Users", userBody(address));
    expect(status).toBe(403);
    expect(body.detail).toContain("Automatic seat assignment");
    expect(await mailsOf(workspace, address)).toEqual([]);
    expect(
      await all(sql`SELECT 1 FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND "userName" = ${address}`),
    ).toEqual([]);
  });

  test("Automatic seat assignment on: a seat is added", async () => {
    const workspace = await openWorkspace();
    await setSeatLimit(workspace.operator, 1);
    await updateSettings(workspace.operator, { automaticSeatAssignment: true });
    expect((await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`))).status).toBe(201);
    const row = await one<{ seatLimit: number }>(sql`SELECT "seatLimit" FROM "Workspace" WHERE id = ${workspace.id}`);
    expect(row?.seatLimit).toBe(2);
  });

  test("many at once for the last seat: one gets it", async () => {
    const workspace = await openWorkspace();
    await setSeatLimit(workspace.operator, 2);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => workspace.scim("POST", "/Users", userBody(`p${at}@${workspace.domain}`))),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(9);
    expect(await used(workspace)).toBe(2);
  });

  test("suspension frees the seat, reactivation takes one or is refused", async () => {
    const workspace = await openWorkspace();
    await setSeatLimit(workspace.operator, 2);
    const first = await workspace.scim("POST", "/Users", userBody(`a@${workspace.domain}`));
    await workspace.scim("PATCH", `/Users/${first.body.id}`, suspend);
    expect((await workspace.scim("POST", "/Users", userBody(`b@${workspace.domain}`))).status).toBe(201);
    const refused = await workspace.scim("PATCH", `/Users/${first.body.id}`, reactivate);
    expect(refused.status).toBe(403);
    expect(await rowOf(workspace, first.body.id)).toMatchObject({ state: "suspended" });
  });

  test("a limit below what is used is refused", async () => {
    const workspace = await openWorkspace();
    await workspace.scim("POST", "/Users", userBody(`a@${workspace.domain}`));
    await expect(setSeatLimit(workspace.operator, 1)).rejects.toMatchObject({ reason: "seat_limit_below_use" });
  });
});

describe("who may change whom", () => {
  test("a managed person is changed by the app only where they are managed, and not by another connection", async () => {
    const workspace = await openWorkspace();
    const { body } = await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
    const member = { ...workspace.operator, kind: "member" as const, id: String(body.id) };
    await expect(suspendMember(member, String(body.id))).rejects.toMatchObject({ reason: "managed" });
    await expect(reactivateMember(member, String(body.id))).rejects.toMatchObject({ reason: "managed" });
    const scopes = ["user_management:read-write"];
    const second = await createAccessToken(workspace.operator, {
      name: "Okta",
      scopes,
      expiresAt: null,
      connection: "Okta",
    });
    const answer = await routeAdapter(second.secret)("PATCH", `/Users/${body.id}`, suspend);
    expect(answer.status).toBe(409);
    expect(await rowOf(workspace, body.id)).toMatchObject({ state: "active" });
  });

  test("every change is in the audit log, which can't be changed", async () => {
    const workspace = await openWorkspace();
    const { body } = await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
    await workspace.scim("PATCH", `/Users/${body.id}`, suspend);
    const events = await all<{ action: string }>(
      sql`SELECT action FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND "targetId" = ${String(body.id)} ORDER BY id`,
    );
    expect(events.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["membership.created", "membership.suspended"]),
    );
    await expect(
      all(sql`UPDATE "AuditEvent" SET action = 'x' WHERE "workspaceId" = ${workspace.id}`),
    ).rejects.toThrow();
  });

  test("provisioning switched off: every request is 403, nobody is changed", async () => {
    const workspace = await openWorkspace();
    await updateSettings(workspace.operator, { scimEnabled: false });
    const { status, body } = await workspace.scim("GET", "/Users");
    expect(status).toBe(403);
    expect(body.detail).toEqual(expect.any(String));
  });
});

describe("people nobody manages", () => {
  test("their SCIM name follows the account until they are adopted", async () => {
    const workspace = await openWorkspace();
    const address = `admin@${workspace.domain}`;
    const userId = await userIdOf(address);
    await updateAccount(userId, { firstName: " Zoë ", lastName: "Ångström" });
    const found = await workspace.scim("GET", `/Users?filter=${encodeURIComponent('name.familyName eq "ångström"')}`);
    const [admin] = found.body.Resources as { id: string; name: object; meta: { version: string } }[];
    expect(admin).toMatchObject({
      name: { givenName: "Zoë", familyName: "Ångström" },
      meta: { version: versionIs(2) },
    });
    await updateAccount(userId, { firstName: "Zoë", lastName: "" });
    const again = await workspace.scim("GET", `/Users/${admin?.id}`);
    expect(again.body).toMatchObject({ name: { givenName: "Zoë" } });
    await workspace.scim("PUT", `/Users/${admin?.id}`, userBody(address, { name: { givenName: "Managed" } }));
    await updateAccount(userId, { firstName: "Other", lastName: "Name" });
    expect((await workspace.scim("GET", `/Users/${admin?.id}`)).body).toMatchObject({ name: { givenName: "Managed" } });
  });
});
