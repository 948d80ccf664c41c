import { beforeEach, describe, expect, test } from "vitest";
import { all, sql } from "@/lib/db";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { describeUser } from "@/lib/provisioning/resources/describe";
import {
  addPerson,
  addUnmanaged,
  eventsOf,
  groupBody,
  guestOf,
  openWorkspace,
  setTo,
  signIn,
  suspend,
  type TestWorkspace,
  userIdOf,
} from "@/lib/provisioning/testing/decisions";
import { updateRole } from "@/lib/workspace/members/edit";
import { setTeamRole } from "@/lib/workspace/teams/edit";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import { createWorkspace } from "@/lib/workspace/workspaces/workspaces";
import { listHistory } from "./history";
import { findProfile } from "./profile";
import { endMemberSessions } from "./sessions";

// 11.1: everybody has a page.

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

let ours: TestWorkspace;
beforeEach(async () => {
  ours = await openWorkspace("profile");
});

describe("11.1 why somebody is in their state", () => {
  test("11.1 an invite names the domain that isn't verified", async () => {
    const address = guestOf(ours);
    const profile = await findProfile(ours.id, await addPerson(ours, address));
    expect(profile).toMatchObject({ state: "invited", hasSeat: true, hasAccount: false });
    expect(profile.because).toContain(`${address.split("@").pop()} is not verified`);
    expect(profile.inviteExpiresAt).toEqual(expect.any(String));
  });

  test("11.1 a suspended person, and one who was removed, with who did it and when", async () => {
    const id = await addPerson(ours, `lin@${ours.domain}`);
    await ours.scim("PATCH", `/Users/${id}`, suspend);
    const suspended = await findProfile(ours.id, id);
    expect(suspended).toMatchObject({ state: "suspended", hasSeat: false, because: "Suspended by IdP." });
    expect(suspended.suspendedAt).toEqual(expect.any(String));
    await ours.scim("DELETE", `/Users/${id}`);
    const ended = await findProfile(ours.id, id);
    expect(ended).toMatchObject({ state: "ended", because: "Removed by IdP.", allowed: [], memberOf: [] });
    expect(ended.endedAt).toEqual(expect.any(String));
  });
});

describe("11.1 where the role comes from", () => {
  const roleFrom = async (id: string) => (await findProfile(ours.id, id)).roleFrom.join(" ");

  test("11.1 an attribute or a team of the identity provider, once it may make admins", async () => {
    const id = await addPerson(ours, `lin@${ours.domain}`);
    const team = await ours.scim("POST", "/Groups", groupBody("Admins", [id]));
    await setTeamRole(ours.operator, String(team.body.id), "admin");
    expect(await roleFrom(id)).toContain("asks for the admin role, but it may not make admins");
    await updateSettings(ours.operator, { scimMayGrantAdmin: true });
    expect(await roleFrom(id)).toBe("Given by the team Admins.");
    await ours.scim("PATCH", `/Users/${id}`, setTo("roles", [{ value: "admin" }]));
    expect(await roleFrom(id)).toMatch(/^Set by Identity provider\. Given by the team Admins\.$/);
  });

  test("11.1 an admin here", async () => {
    const id = await addUnmanaged(ours, `lin@${ours.domain}`);
    expect(await roleFrom(id)).toBe("");
    await updateRole(ours.operator, id, "admin");
    expect(await roleFrom(id)).toBe("Set here by an admin.");
  });
});

describe("11.1 sessions", () => {
  test("11.1 are listed, and one or all are ended and audited", async () => {
    const address = `lin@${ours.domain}`;
    const id = await addPerson(ours, address);
    await signIn(address);
    await signIn(address);
    const [first] = (await findProfile(ours.id, id)).sessions ?? [];
    await endMemberSessions(ours.operator, id, first?.id ?? "");
    expect((await findProfile(ours.id, id)).sessions).toHaveLength(1);
    await endMemberSessions(ours.operator, id, null);
    expect((await findProfile(ours.id, id)).sessions).toEqual([]);
    expect((await eventsOf(ours, id)).filter((action) => action === "membership.sessions_ended")).toHaveLength(2);
  });

  test("11.1 of an account that is used elsewhere are nobody's business here, unless its domain is ours", async () => {
    const [mine, guest] = [`lin@${ours.domain}`, guestOf(ours)];
    for (const [index, adminEmail] of [mine, guest].entries()) {
      const slug = `${ours.slug}-else-${index}`;
      await createWorkspace({ name: slug, slug, adminEmail, firstName: "Lin", lastName: "" }, "Test");
    }
    const known = await addPerson(ours, mine);
    await signIn(mine);
    expect((await findProfile(ours.id, known)).sessions).toHaveLength(1);

    const foreign = await addPerson(ours, guest);
    const account = await userIdOf(guest);
    await all(
      sql`UPDATE "Membership" SET state = 'active', "userId" = ${account} WHERE "workspaceId" = ${ours.id} AND id = ${foreign}`,
    );
    await signIn(guest);
    expect((await findProfile(ours.id, foreign)).sessions).toBeNull();
    await expect(endMemberSessions(ours.operator, foreign, null)).rejects.toMatchObject({ reason: "state_conflict" });
    expect(await all(sql`SELECT 1 FROM "Session" WHERE "userId" = ${account}`)).toHaveLength(1);
  });
});

test("11.1 attributes by the names of their schemas, manager and reports", async () => {
  const boss = await addPerson(ours, `boss@${ours.domain}`, { displayName: "Bo Boss", password: "not for anybody" });
  const id = await addPerson(ours, `lin@${ours.domain}`, {
    emails: [{ type: "work", value: `lin@${ours.domain}`, primary: true }],
    name: { givenName: "Lin", familyName: "Larsson" },
    [enterprise]: { department: "Sales", manager: { value: boss } },
  });
  const { schemas, manager } = await describeUser(ours.id, id);
  const values = Object.fromEntries(schemas.flatMap((schema) => schema.values).map(({ path, value }) => [path, value]));
  expect(values).toMatchObject({
    userName: `lin@${ours.domain}`,
    active: "true",
    "name.givenName": "Lin",
    "emails[work].value": `lin@${ours.domain}`,
    "emails[work].primary": "true",
    department: "Sales",
    "manager.value": boss,
  });
  expect(manager).toEqual({ id: boss, name: "Bo Boss" });
  const above = await describeUser(ours.id, boss);
  expect(above).toMatchObject({ manager: null, reports: [{ id, name: "Lin Larsson" }], reportCount: 1 });
  expect(JSON.stringify(above.schemas)).not.toContain("not for anybody");
});

describe("11.1 the history", () => {
  const historyOf = async (id: string, cursor?: string) => {
    await flushRequestLog();
    return listHistory(ours.id, id, { cursor, limit: 3 });
  };

  test("11.1 has each change with the request that made it, and what was refused; page by page", async () => {
    const id = await addPerson(ours, `lin@${ours.domain}`);
    await addPerson(ours, `taken@${ours.domain}`);
    await ours.scim("PATCH", `/Users/${id}`, setTo("title", "Buyer"));
    await ours.scim("GET", `/Users/${id}`);
    await ours.scim("PATCH", `/Users/${id}`, setTo("userName", `taken@${ours.domain}`));
    await ours.scim("PATCH", `/Users/${id}`, suspend);
    const first = await historyOf(id);
    const short = ({ change, request }: (typeof first.items)[number]) => [
      change?.action,
      request?.method,
      request?.status,
    ];
    expect(first.items.map(short)).toEqual([
      ["membership.suspended", "PATCH", 200],
      [undefined, "PATCH", 409],
      ["membership.updated", "PATCH", 200],
    ]);
    expect(first.items[0]).toMatchObject({ actor: { name: "IdP" }, change: { after: { state: "suspended" } } });
    expect(first.items[1]?.request?.detail).toContain("exists already");
    const second = await historyOf(id, first.nextCursor ?? "");
    expect(second.items.map(short)).toEqual([["membership.created", "POST", 201]]);
    expect(second.nextCursor).toBeNull();
  });

  test("11.1 what was done in the app has no request", async () => {
    const id = await addUnmanaged(ours, `lin@${ours.domain}`);
    await updateRole(ours.operator, id, "admin");
    const [latest] = (await historyOf(id)).items;
    expect(latest).toMatchObject({
      change: { action: "membership.role_changed", before: { role: "member" }, after: { role: "admin" } },
      actor: { kind: "operator", name: "Test" },
      request: null,
    });
  });
});

test("11.1 nobody else's people are found: neither the page, nor the history, nor the sessions", async () => {
  const theirs = await openWorkspace("profile");
  const id = await addPerson(theirs, `lin@${theirs.domain}`);
  await signIn(`lin@${theirs.domain}`);
  await flushRequestLog();
  await expect(findProfile(ours.id, id)).rejects.toMatchObject({ reason: "not_found" });
  await expect(describeUser(ours.id, id)).rejects.toMatchObject({ reason: "not_found" });
  expect((await listHistory(ours.id, id, { limit: 20 })).items).toEqual([]);
  await expect(endMemberSessions(ours.operator, id, null)).rejects.toMatchObject({ reason: "not_found" });
  expect((await findProfile(theirs.id, id)).sessions).toHaveLength(1);
  expect(await ours.scim("GET", `/Users/${id}`)).toMatchObject({ status: 404 });
  await flushRequestLog();
  expect((await listHistory(ours.id, id, { limit: 20 })).items.map(({ request }) => request?.status)).toEqual([404]);
});
