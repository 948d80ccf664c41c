import { describe, expect, test } from "vitest";
import { run, sql } from "@/lib/db";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  connectAnew,
  guestOf,
  musterUrn,
  openWorkspace,
  patchBody,
  rowOf,
  setTo,
  suspend,
  userBody,
} from "@/lib/provisioning/testing/decisions";
import { updateRole } from "@/lib/workspace/members/edit";
import { updateSettings } from "@/lib/workspace/workspaces/settings";

// What D-40 to D-43 say of roles and D-45 of the last admin, and no other test covers.

type Body = Record<string, unknown>;

const admin = { roles: [{ value: "admin" }] };

describe("roles", () => {
  test("absent in PUT they stay, and so does the role; null, [] and an absent attribute in a POST say nothing", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, admin);
    const { body } = await workspace.scim("PUT", `/Users/${id}`, userBody(address, { title: "T" }));
    expect(body.roles).toEqual(admin.roles);
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
    for (const [at, more] of [{ roles: null }, { roles: [] }, {}, { appRole: null }].entries()) {
      const known = await addUnmanaged(workspace, `k${at}@${workspace.domain}`, "active", "admin");
      await workspace.scim("POST", "/Users", userBody(`k${at}@${workspace.domain}`, more));
      expect(await rowOf(workspace, known), JSON.stringify(more)).toMatchObject({
        role: "admin",
        connectionId: expect.any(String),
      });
    }
  });

  test.each([
    ["remove of appRole", patchBody({ op: "remove", path: `${musterUrn}:appRole` })],
    ["remove of a bare appRole", patchBody({ op: "remove", path: "appRole" })],
    ["null", patchBody({ op: "replace", path: `${musterUrn}:appRole`, value: null })],
  ])("an appRole that was held and is withdrawn by %s leaves a member", async (_, body) => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const id = await addPerson(workspace, `lin@${workspace.domain}`, { [musterUrn]: { appRole: "admin" } });
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
    const answer = await workspace.scim("PATCH", `/Users/${id}`, body);
    expect(answer.body).not.toHaveProperty([musterUrn]);
    expect(await rowOf(workspace, id)).toMatchObject({ role: "member" });
  });

  test("withdrawing roles that nobody held says nothing: an in-app admin stays one", async () => {
    const workspace = await openWorkspace("roles");
    const id = await addUnmanaged(workspace, `lin@${workspace.domain}`, "active", "admin");
    const writes = [
      patchBody({ op: "remove", path: "roles" }),
      patchBody({ op: "replace", path: "roles", value: [] }),
      patchBody({ op: "replace", value: { roles: null } }),
    ];
    for (const body of writes) expect((await workspace.scim("PATCH", `/Users/${id}`, body)).status).toBe(200);
    await workspace.scim("PUT", `/Users/${id}`, userBody(`lin@${workspace.domain}`, { roles: [], appRole: null }));
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
  });

  test("an empty extension in a PUT leaves appRole out, and so says nothing; removing the extension withdraws it", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, { [musterUrn]: { appRole: "admin" } });
    const put = await workspace.scim("PUT", `/Users/${id}`, userBody(address, { [musterUrn]: {} }));
    expect(put).toMatchObject({ status: 200, body: { [musterUrn]: { appRole: "admin" } } });
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
    await workspace.scim("PATCH", `/Users/${id}`, patchBody({ op: "remove", path: musterUrn }));
    expect(await rowOf(workspace, id)).toMatchObject({ role: "member" });
  });

  test("roles that another identity provider said before are said anew by the next one, in the same words, and by nothing else", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const roles = [{ value: "member" }];
    const first = await addPerson(workspace, address, { roles });
    const second = await addPerson(workspace, `mia@${workspace.domain}`, { roles });
    const scim = await connectAnew(workspace);
    for (const id of [first, second]) await updateRole(adminOf(workspace), id, "admin");
    await scim("PATCH", `/Users/${second}`, setTo("title", "Engineer"));
    expect(await rowOf(workspace, second), "nothing was said of a role").toMatchObject({ role: "admin" });
    await scim("PUT", `/Users/${first}`, userBody(address, { roles }));
    expect(await rowOf(workspace, first)).toMatchObject({ role: "member" });
  });

  test("roles that are held since another identity provider said them are withdrawn by the next one like its own", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, admin);
    const next = await connectAnew(workspace);
    const { body } = await next("PUT", `/Users/${id}`, userBody(address, { title: "T" }));
    expect(body.roles, "left out, they stay").toEqual(admin.roles);
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
    await next("PATCH", `/Users/${id}`, patchBody({ op: "remove", path: "roles" }));
    expect(await rowOf(workspace, id)).toMatchObject({ role: "member" });
  });

  test("an add to roles of JSON in a string states the whole set; an add of plain roles adds", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const id = await addPerson(workspace, `lin@${workspace.domain}`, admin);
    const packed = (value: string) => JSON.stringify({ id: "1", value, displayName: value });
    const addRoles = (value: unknown) =>
      workspace.scim("PATCH", `/Users/${id}`, patchBody({ op: "Add", path: "roles", value }));
    await addRoles([{ value: "viewer" }]);
    expect(await rowOf(workspace, id), "admin wins").toMatchObject({ role: "admin" });
    const { body } = await addRoles([{ value: packed("viewer") }]);
    expect(body.roles).toMatchObject([{ value: "viewer" }]);
    expect(await rowOf(workspace, id)).toMatchObject({ role: "member" });
    await addRoles([{ value: packed("viewer") }, { value: packed("Admin") }]);
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
  });

  test("appRole is returned only where it was written; a bare one is the extension's", async () => {
    const workspace = await openWorkspace("roles");
    const plain = await workspace.scim(
      "POST",
      "/Users",
      userBody(`a@${workspace.domain}`, { roles: [{ value: "member" }] }),
    );
    expect(JSON.stringify((await workspace.scim("GET", `/Users/${plain.body.id}`)).body)).not.toContain("appRole");
    const { body } = await workspace.scim("GET", "/Users");
    expect(JSON.stringify(body), "an in-app admin has none").not.toContain("appRole");
    const bare = await workspace.scim("POST", "/Users", userBody(`b@${workspace.domain}`, { appRole: "member" }));
    expect(bare.body).toMatchObject({
      [musterUrn]: { appRole: "member" },
      schemas: expect.arrayContaining([musterUrn]),
    });
    expect(bare.body).not.toHaveProperty("appRole");
  });

  test("a suspended admin who comes back with another role gets it, while another admin is there", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, admin);
    await workspace.scim("PATCH", `/Users/${id}`, suspend);
    const back = await workspace.scim(
      "PUT",
      `/Users/${id}`,
      userBody(address, { active: true, roles: [{ value: "member" }] }),
    );
    expect(back.status).toBe(200);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "active", role: "member" });
  });
});

describe("the last admin", () => {
  test("only active admins with a login address count: not an invited, a suspended or one without an address", async () => {
    const workspace = await openWorkspace("last");
    const { body } = await workspace.scim("GET", "/Users");
    const last = String((body.Resources as Body[])[0]?.id);
    await addUnmanaged(workspace, guestOf(workspace), "invited", "admin");
    await addUnmanaged(workspace, `off@${workspace.domain}`, "suspended", "admin");
    const mute = await addUnmanaged(workspace, `mute@${workspace.domain}`, "active", "admin");
    await run(
      sql`UPDATE "Membership" SET address = NULL, "addressKey" = NULL WHERE "workspaceId" = ${workspace.id} AND id = ${mute}`,
    );
    const answers = [
      await workspace.scim("PATCH", `/Users/${last}`, suspend),
      await workspace.scim("DELETE", `/Users/${last}`),
      await workspace.scim("PATCH", `/Users/${last}`, setTo("roles", [{ value: "member" }])),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    for (const { body } of answers) expect(body).not.toHaveProperty("scimType");
    expect(await rowOf(workspace, last)).toMatchObject({ state: "active", role: "admin", connectionId: null });
    expect((await workspace.scim("PATCH", `/Users/${mute}`, suspend)).status, "who does not count may go").toBe(200);
  });
});
