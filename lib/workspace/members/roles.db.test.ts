import { describe, expect, test } from "vitest";
import { all, one, sql } from "@/lib/db";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import type { Actor } from "@/lib/workspace/actor";
import { overrideMember } from "@/lib/workspace/membership/managed";
import { decideRole } from "@/lib/workspace/membership/rules";
import { setTeamRole } from "@/lib/workspace/teams/edit";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import { updateRole } from "./edit";
import { listWouldBeAdmins } from "./roles";

// Who sets the role (D-40, D-41, D-42), whether SCIM may grant admin (D-44), the last admin (D-45), and overridden roles (D-09).

const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
const admin = { roles: [{ value: "admin" }] };
const addMembers = (...ids: unknown[]) =>
  patchBody({ op: "Add", path: "members", value: ids.map((value) => ({ value })) });
const removeMember = (id: unknown) => patchBody({ op: "Remove", path: "members", value: [{ value: id }] });

async function openGranting(may: boolean): Promise<TestWorkspace> {
  const workspace = await openWorkspace("role");
  if (may) await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
  return workspace;
}

let people = 0;
async function addPerson(workspace: TestWorkspace, more: Record<string, unknown> = {}): Promise<string> {
  const { body } = await workspace.scim("POST", "/Users", userBody(`p${++people}@${workspace.domain}`, more));
  return String(body.id);
}

async function addTeam(workspace: TestWorkspace, displayName: string, members: string[] = []): Promise<string> {
  const { body } = await workspace.scim("POST", "/Groups", {
    schemas: [groupUrn],
    displayName,
    members: members.map((value) => ({ value })),
  });
  return String(body.id);
}

async function roleOf({ id }: TestWorkspace, membershipId: string): Promise<string | undefined> {
  const row = await one<{ role: string }>(
    sql`SELECT role FROM "Membership" WHERE "workspaceId" = ${id} AND id = ${membershipId}`,
  );
  return row?.role;
}

const mailsAbout = ({ id }: TestWorkspace) =>
  all<{ to: string }>(
    sql`SELECT "to" FROM "Mail" WHERE "workspaceId" = ${id} AND kind = 'admin_granted' ORDER BY "to"`,
  );

const memberActor = ({ operator }: TestWorkspace): Actor => ({ ...operator, kind: "member", name: "Ada" });

test.each([
  [[null], false, "admin", "admin"],
  [[null], false, "member", "member"],
  [[null], true, "admin", "member"],
  [["member"], false, "admin", "member"],
  [["member", "admin"], true, "member", "admin"],
  [["admin", null, "member"], false, "member", "admin"],
  [[null, null, "member"], true, "admin", "member"],
] as const)("sources %j, had any %s, role %s: %s", (sources, had, current, wanted) => {
  expect(decideRole(sources, had, current)).toBe(wanted);
});

describe("what is said of a role", () => {
  test("nothing said of a new person is member, of a known one keeps the role, also an in-app admin's", async () => {
    const workspace = await openGranting(true);
    const person = await addPerson(workspace);
    expect(await roleOf(workspace, person)).toBe("member");
    const { body } = await workspace.scim("POST", "/Users", userBody(`admin@${workspace.domain}`, { roles: [] }));
    expect(await roleOf(workspace, String(body.id))).toBe("admin");
    await workspace.scim("PUT", `/Users/${body.id}`, userBody(`admin@${workspace.domain}`, { title: "T" }));
    expect(await roleOf(workspace, String(body.id))).toBe("admin");
  });

  const takings: [string, (scim: TestWorkspace["scim"], path: string, userName: string) => Promise<unknown>][] = [
    ["remove", (scim, path) => scim("PATCH", path, patchBody({ op: "remove", path: "roles" }))],
    ["null", (scim, path) => scim("PATCH", path, patchBody({ op: "replace", path: "roles", value: null }))],
    ["an empty list", (scim, path) => scim("PATCH", path, patchBody({ op: "replace", path: "roles", value: [] }))],
    ["a PUT with an empty list", (scim, path, userName) => scim("PUT", path, userBody(userName, { roles: [] }))],
  ];
  test.each(takings)("roles that were held and are taken away by %s leave a member", async (_, take) => {
    const workspace = await openGranting(true);
    const person = await addPerson(workspace, admin);
    expect(await roleOf(workspace, person)).toBe("admin");
    const { body } = await workspace.scim("GET", `/Users/${person}`);
    await take(workspace.scim, `/Users/${person}`, String(body.userName));
    expect(await roleOf(workspace, person)).toBe("member");
  });

  test("T06 every admin that is made is mailed, to the person and to the admins, once", async () => {
    const workspace = await openGranting(true);
    const person = await addPerson(workspace, admin);
    const { body } = await workspace.scim("GET", `/Users/${person}`);
    const expected = [{ to: `admin@${workspace.domain}` }, { to: String(body.userName) }];
    expect(await mailsAbout(workspace)).toEqual(expected);
    await workspace.scim("PUT", `/Users/${person}`, userBody(String(body.userName), { ...admin, title: "T" }));
    expect(await mailsAbout(workspace)).toEqual(expected);
    const events = await all(
      sql`SELECT 1 FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND "targetId" = ${person} AND after->>'role' = 'admin'`,
    );
    expect(events).toHaveLength(1);
  });

  test("R-70 a suspended admin comes back as an admin, audited and mailed", async () => {
    const workspace = await openGranting(false);
    const person = await addPerson(workspace);
    await updateRole(workspace.operator, person, "admin");
    for (const value of ["False", "True"]) {
      await workspace.scim("PATCH", `/Users/${person}`, patchBody({ op: "Replace", path: "active", value }));
    }
    expect(await roleOf(workspace, person)).toBe("admin");
  });
});

describe("may SCIM grant admin", () => {
  test("turning it on applies the roles that are held, which a dialog can name before; turning it off changes nobody", async () => {
    const workspace = await openGranting(false);
    const [named, mapped, other] = [
      await addPerson(workspace, admin),
      await addPerson(workspace),
      await addPerson(workspace),
    ];
    const team = await addTeam(workspace, "Bosses", [mapped]);
    await setTeamRole(workspace.operator, team, "admin");
    expect(await roleOf(workspace, named)).toBe("member");
    expect(await roleOf(workspace, mapped)).toBe("member");
    expect((await listWouldBeAdmins(workspace.id)).map(({ id }) => id).sort()).toEqual([named, mapped].sort());
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    expect([await roleOf(workspace, named), await roleOf(workspace, mapped), await roleOf(workspace, other)]).toEqual([
      "admin",
      "admin",
      "member",
    ]);
    await updateSettings(workspace.operator, { scimMayGrantAdmin: false });
    expect([await roleOf(workspace, named), await roleOf(workspace, mapped)]).toEqual(["admin", "admin"]);
  });

  test("T06 by a mapped team nobody becomes admin while it is off, and the log says why", async () => {
    const workspace = await openGranting(false);
    const team = await addTeam(workspace, "Bosses");
    await setTeamRole(workspace.operator, team, "admin");
    const person = await addPerson(workspace);
    await workspace.scim("PATCH", `/Groups/${team}`, addMembers(person));
    expect(await roleOf(workspace, person)).toBe("member");
    expect(await mailsAbout(workspace)).toEqual([]);
  });
});

describe("teams that give a role", () => {
  test("being in one gives it, leaving takes it: by PATCH, PUT, DELETE of the group, and by taking the mapping away", async () => {
    const workspace = await openGranting(true);
    const person = await addPerson(workspace);
    const team = await addTeam(workspace, "Bosses");
    await setTeamRole(workspace.operator, team, "admin");
    const leave = [
      () => workspace.scim("PATCH", `/Groups/${team}`, removeMember(person)),
      () => workspace.scim("PUT", `/Groups/${team}`, { schemas: [groupUrn], displayName: "Bosses" }),
      () => workspace.scim("PATCH", `/Groups/${team}`, patchBody({ op: "remove", path: "members" })),
      () => setTeamRole(workspace.operator, team, null),
    ];
    for (const act of leave) {
      await workspace.scim("PATCH", `/Groups/${team}`, addMembers(person));
      expect(await roleOf(workspace, person)).toBe("admin");
      await act();
      expect(await roleOf(workspace, person)).toBe("member");
    }
    await setTeamRole(workspace.operator, team, "admin");
    expect(await roleOf(workspace, person), "who is in it gets it with the mapping").toBe("admin");
    expect((await workspace.scim("DELETE", `/Groups/${team}`)).status).toBe(204);
    expect(await roleOf(workspace, person), "it is bound to the team's id").toBe("member");
    const again = await addTeam(workspace, "Bosses", [person]);
    expect(again).not.toBe(team);
    expect(await roleOf(workspace, person)).toBe("member");
  });

  test("admin wins over member, whoever says it; what is left of the sources decides when one goes", async () => {
    const workspace = await openGranting(true);
    const person = await addPerson(workspace, { roles: [{ value: "member" }] });
    const [bosses, crew] = [await addTeam(workspace, "Bosses", [person]), await addTeam(workspace, "Crew", [person])];
    await setTeamRole(workspace.operator, crew, "member");
    await setTeamRole(workspace.operator, bosses, "admin");
    expect(await roleOf(workspace, person)).toBe("admin");
    await workspace.scim("PATCH", `/Users/${person}`, patchBody({ op: "remove", path: "roles" }));
    expect(await roleOf(workspace, person), "the mapped role stays").toBe("admin");
    await workspace.scim("PATCH", `/Groups/${bosses}`, removeMember(person));
    expect(await roleOf(workspace, person)).toBe("member");
  });

  test("the last admin: the team changes, the role stays, and it is audited", async () => {
    const workspace = await openGranting(true);
    const person = await addPerson(workspace);
    const team = await addTeam(workspace, "Bosses", [person]);
    await setTeamRole(workspace.operator, team, "admin");
    const first = await one<{ id: string }>(
      sql`SELECT id FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND "userName" = ${`admin@${workspace.domain}`}`,
    );
    await updateRole(workspace.operator, first?.id ?? "", "member");
    const { status } = await workspace.scim("PATCH", `/Groups/${team}`, removeMember(person));
    expect(status).toBe(200);
    expect((await workspace.scim("GET", `/Groups/${team}`)).body.members).toEqual([]);
    expect(await roleOf(workspace, person)).toBe("admin");
    const events = await all(
      sql`SELECT 1 FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND "targetId" = ${person} AND action = 'membership.role_kept'`,
    );
    expect(events).toHaveLength(1);
  });

  test("T09 two admins who leave their teams at once: one stays an admin", async () => {
    for (let round = 0; round < 5; round++) {
      const workspace = await openGranting(true);
      const [a, b] = [await addPerson(workspace), await addPerson(workspace)];
      const teams = [await addTeam(workspace, "A", [a]), await addTeam(workspace, "B", [b])];
      for (const team of teams) await setTeamRole(workspace.operator, team, "admin");
      const first = await one<{ id: string }>(
        sql`SELECT id FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND "userName" = ${`admin@${workspace.domain}`}`,
      );
      await updateRole(workspace.operator, first?.id ?? "", "member");
      await Promise.all([
        workspace.scim("PATCH", `/Groups/${teams[0]}`, removeMember(a)),
        workspace.scim("DELETE", `/Groups/${teams[1]}`),
      ]);
      expect([await roleOf(workspace, a), await roleOf(workspace, b)].sort()).toEqual(["admin", "member"]);
    }
  });

  test("a mapping that is made while people come in leaves nobody out", async () => {
    for (let round = 0; round < 5; round++) {
      const workspace = await openGranting(true);
      const ids = await Promise.all(Array.from({ length: 4 }, () => addPerson(workspace)));
      const team = await addTeam(workspace, "Bosses");
      await Promise.all([
        ...ids.map((id) => workspace.scim("PATCH", `/Groups/${team}`, addMembers(id))),
        setTeamRole(workspace.operator, team, "admin"),
      ]);
      expect(await Promise.all(ids.map((id) => roleOf(workspace, id)))).toEqual(ids.map(() => "admin"));
    }
  });

  test("T46 a team of another workspace is not found", async () => {
    const [one, other] = [await openGranting(true), await openGranting(true)];
    const team = await addTeam(other, "Bosses");
    await expect(setTeamRole(one.operator, team, "admin")).rejects.toMatchObject({ reason: "not_found" });
  });
});

describe("a role that was overridden in the app", () => {
  test("goes with the next push, also one that changes nothing else", async () => {
    const workspace = await openGranting(true);
    const person = await addPerson(workspace, { roles: [{ value: "member" }] });
    const { body } = await workspace.scim("GET", `/Users/${person}`);
    const me = memberActor(workspace);
    await expect(updateRole(me, person, "admin")).rejects.toMatchObject({ reason: "managed" });
    await overrideMember(me, person);
    await updateRole(me, person, "admin");
    expect(await roleOf(workspace, person)).toBe("admin");
    await workspace.scim("PUT", `/Users/${person}`, userBody(String(body.userName), { roles: [{ value: "member" }] }));
    expect(await roleOf(workspace, person)).toBe("member");
  });

  test("stays where the identity provider says nothing of roles", async () => {
    const workspace = await openGranting(true);
    const person = await addPerson(workspace);
    const { body } = await workspace.scim("GET", `/Users/${person}`);
    await overrideMember(memberActor(workspace), person);
    await updateRole(memberActor(workspace), person, "admin");
    await workspace.scim("PUT", `/Users/${person}`, userBody(String(body.userName), { title: "T" }));
    expect(await roleOf(workspace, person)).toBe("admin");
  });
});
