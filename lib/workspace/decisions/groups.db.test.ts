import { describe, expect, test } from "vitest";
import { all, one, sql } from "@/lib/db";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  eventsOf,
  groupBody,
  groupUrn,
  guestOf,
  inviteSecret,
  notesOf,
  openWorkspace,
  patchBody,
  rowOf,
  setTo,
  suspend,
  type TestWorkspace,
  userBody,
} from "@/lib/provisioning/testing/decisions";
import { acceptInvite } from "@/lib/workspace/invites/accept";
import { updateRole } from "@/lib/workspace/members/edit";
import { listKeptAdmins } from "@/lib/workspace/members/roles";
import { addTeamMember, createTeamInApp, setTeamRole } from "@/lib/workspace/teams/edit";
import { updateSettings } from "@/lib/workspace/workspaces/settings";

// What D-57, D-58, D-59 and D-61 say of groups, D-65 of PUT and D-70 of versions, and no other test covers; D-45 of team changes.

const nobody = "00000000-0000-7000-8000-000000000000";

async function addGroup({ scim }: TestWorkspace, name: string, members: string[] = []): Promise<string> {
  const { status, body } = await scim("POST", "/Groups", groupBody(name, members));
  if (status !== 201) throw new Error(`${status} ${body.detail}`);
  return String(body.id);
}

async function membersOf({ scim }: TestWorkspace, group: string): Promise<string[]> {
  const { body } = await scim("GET", `/Groups/${group}`);
  return (body.members as { value: string }[]).map(({ value }) => value).sort();
}

const teamOf = ({ id }: TestWorkspace, team: string) =>
  one<{ name: string; version: number; connectionId: string | null }>(
    sql`SELECT name, version, "connectionId", "externalId", "updatedAt" FROM "Team" WHERE "workspaceId" = ${id} AND id = ${team}`,
  );

describe("group name", () => {
  test("trimmed and folded, unique against all teams: POST of a taken one is 409 uniqueness and makes nothing", async () => {
    const workspace = await openWorkspace("name");
    const group = await addGroup(workspace, "Zoë's Crew");
    const team = await createTeamInApp(adminOf(workspace), "Sales");
    for (const [name, id] of [
      ["  zoë's crew ", group],
      ["ZOË'S CREW", group],
      ["Zoe\u0308's Crew", group],
      ["Ｓａｌｅｓ", team],
      ["\tSALES", team],
    ] as const) {
      const answer = await workspace.scim("POST", "/Groups", groupBody(name));
      expect(answer, name).toMatchObject({ status: 409, body: { scimType: "uniqueness" } });
      const isInApp = id === team;
      expect(String(answer.body.detail).includes("created in the app"), "says when there is one to link to").toBe(
        isInApp,
      );
      expect(String(answer.body.detail).includes(id)).toBe(isInApp);
    }
    const count = await all(sql`SELECT 1 FROM "Team" WHERE "workspaceId" = ${workspace.id}`);
    expect(count).toHaveLength(2);
    await workspace.scim("PATCH", `/Groups/${team}`, setTo("externalId", "e"));
    const { body } = await workspace.scim("POST", "/Groups", groupBody("sales"));
    expect(body.detail, "linked by now").not.toContain("created in the app");
  });

  test("rename to a taken one: 409 uniqueness, nothing of that request applied; to another spelling of its own it is no conflict", async () => {
    const workspace = await openWorkspace("name");
    const [a, b] = [
      await addPerson(workspace, `a@${workspace.domain}`),
      await addPerson(workspace, `b@${workspace.domain}`),
    ];
    const group = await addGroup(workspace, "Crew", [a]);
    await createTeamInApp(adminOf(workspace), "Sales");
    const before = await teamOf(workspace, group);
    const both = [
      { op: "add", path: "members", value: [{ value: b }] },
      { op: "replace", value: { displayName: " SALES", externalId: "x" } },
    ];
    for (const answer of [
      await workspace.scim("PATCH", `/Groups/${group}`, patchBody(...both)),
      await workspace.scim("PATCH", `/Groups/${group}`, patchBody(...both.toReversed())),
      await workspace.scim("PUT", `/Groups/${group}`, { ...groupBody("sales", [b]), externalId: "x" }),
    ]) {
      expect(answer).toMatchObject({ status: 409, body: { scimType: "uniqueness" } });
    }
    expect(await membersOf(workspace, group)).toEqual([a]);
    expect(await teamOf(workspace, group)).toEqual(before);
    expect(await workspace.scim("PATCH", `/Groups/${group}`, setTo("displayName", "CREW"))).toMatchObject({
      status: 200,
      body: { displayName: "CREW" },
    });
  });

  test("blank: 400 invalidValue, by POST, PUT and PATCH", async () => {
    const workspace = await openWorkspace("name");
    const group = await addGroup(workspace, "Crew");
    for (const name of ["", " ", "\t\u00a0"]) {
      for (const answer of [
        await workspace.scim("POST", "/Groups", groupBody(name)),
        await workspace.scim("PUT", `/Groups/${group}`, groupBody(name)),
        await workspace.scim("PATCH", `/Groups/${group}`, setTo("displayName", name)),
      ]) {
        expect(answer, JSON.stringify(name)).toMatchObject({ status: 400, body: { scimType: "invalidValue" } });
      }
    }
    expect(await teamOf(workspace, group)).toMatchObject({ name: "Crew" });
  });

  test("a deleted group's name is free, and its id is not used again", async () => {
    const workspace = await openWorkspace("name");
    const group = await addGroup(workspace, "Crew");
    await workspace.scim("DELETE", `/Groups/${group}`);
    expect(await addGroup(workspace, "crew")).not.toBe(group);
  });
});

describe("linking", () => {
  const ways: [string, (workspace: TestWorkspace, team: string, member: string) => Promise<{ status: number }>][] = [
    ["PATCH of the name", (w, team) => w.scim("PATCH", `/Groups/${team}`, setTo("displayName", "Crew"))],
    ["PATCH of an externalId", (w, team) => w.scim("PATCH", `/Groups/${team}`, setTo("externalId", "e"))],
    [
      "PATCH that adds a member",
      (w, team, member) =>
        w.scim("PATCH", `/Groups/${team}`, patchBody({ op: "add", path: "members", value: [{ value: member }] })),
    ],
  ];

  test.each(ways)("by %s: managed, id kept, in-app members stay", async (_, write) => {
    const workspace = await openWorkspace("link");
    const [a, b] = [
      await addUnmanaged(workspace, `a@${workspace.domain}`),
      await addPerson(workspace, `b@${workspace.domain}`),
    ];
    const team = await createTeamInApp(adminOf(workspace), "Crew");
    await addTeamMember(adminOf(workspace), team, a);
    expect((await write(workspace, team, b)).status).toBe(200);
    expect(await teamOf(workspace, team)).toMatchObject({ connectionId: expect.any(String) });
    expect(await membersOf(workspace, team)).toContain(a);
    expect((await rowOf(workspace, a)).connectionId, "its people are not").toBeNull();
    await expect(addTeamMember(adminOf(workspace), team, b)).rejects.toMatchObject({ reason: "managed" });
  });

  test.each([
    ["remove", (member: string) => patchBody({ op: "remove", path: `members[value eq "${member}"]` })],
    ["replace", () => patchBody({ op: "replace", path: "members", value: [] })],
    ["PUT", () => null],
  ])("in-app members leave by %s", async (_, make) => {
    const workspace = await openWorkspace("link");
    const a = await addUnmanaged(workspace, `a@${workspace.domain}`);
    const team = await createTeamInApp(adminOf(workspace), "Crew");
    await addTeamMember(adminOf(workspace), team, a);
    const body = make(a);
    if (body) await workspace.scim("PATCH", `/Groups/${team}`, body);
    else await workspace.scim("PUT", `/Groups/${team}`, groupBody("Crew", []));
    expect(await membersOf(workspace, team)).toEqual([]);
    expect(await rowOf(workspace, a)).toMatchObject({ state: "active" });
  });

  test("DELETE deletes it, linked or not; the people stay", async () => {
    const workspace = await openWorkspace("link");
    const a = await addUnmanaged(workspace, `a@${workspace.domain}`);
    for (const isLinked of [false, true]) {
      const team = await createTeamInApp(adminOf(workspace), "Crew");
      await addTeamMember(adminOf(workspace), team, a);
      if (isLinked) await workspace.scim("PATCH", `/Groups/${team}`, patchBody());
      expect((await workspace.scim("DELETE", `/Groups/${team}`)).status).toBe(204);
      expect(await teamOf(workspace, team)).toBeNull();
      expect(await eventsOf(workspace, team)).toContain("team.deleted");
      expect(await rowOf(workspace, a)).toMatchObject({ state: "active" });
    }
  });
});

describe("members", () => {
  test("unknown by POST, PUT, add and replace: 400 invalidValue that names the ids, nothing changed; another workspace's likewise", async () => {
    const [workspace, other] = [await openWorkspace("mem"), await openWorkspace("mem")];
    const [a, b] = [
      await addPerson(workspace, `a@${workspace.domain}`),
      await addPerson(workspace, `b@${workspace.domain}`),
    ];
    const theirs = await addPerson(other, `x@${other.domain}`);
    const group = await addGroup(workspace, "Crew", [a]);
    const before = await teamOf(workspace, group);
    const bad = [{ value: b }, { value: nobody }, { value: theirs }];
    const answers = [
      await workspace.scim("POST", "/Groups", { schemas: [groupUrn], displayName: "New", members: bad }),
      await workspace.scim("PUT", `/Groups/${group}`, { schemas: [groupUrn], displayName: "Renamed", members: bad }),
      await workspace.scim(
        "PATCH",
        `/Groups/${group}`,
        patchBody({ op: "replace", path: "displayName", value: "Renamed" }, { op: "add", path: "members", value: bad }),
      ),
      await workspace.scim("PATCH", `/Groups/${group}`, patchBody({ op: "replace", path: "members", value: bad })),
    ];
    for (const { status, body } of answers) {
      expect([status, body.scimType]).toEqual([400, "invalidValue"]);
      expect(body.detail).toContain(nobody);
      expect(body.detail).toContain(theirs);
      expect(body.detail).not.toContain(b);
    }
    expect(await teamOf(workspace, group)).toEqual(before);
    expect(await membersOf(workspace, group)).toEqual([a]);
    expect((await workspace.scim("GET", "/Groups")).body.totalResults).toBe(1);
  });

  test("of an ended membership: skipped and noted, by POST, PUT, add and replace; the rest is applied", async () => {
    const workspace = await openWorkspace("mem");
    const [a, gone] = [
      await addPerson(workspace, `a@${workspace.domain}`),
      await addPerson(workspace, `gone@${workspace.domain}`),
    ];
    await workspace.scim("DELETE", `/Users/${gone}`);
    const made = await workspace.scim("POST", "/Groups", groupBody("Crew", [a, gone]));
    const path = `/Groups/${made.body.id}`;
    const value = [{ value: gone }, { value: a }];
    const answers = [
      made,
      await workspace.scim("PUT", path, groupBody("Crew", [a, gone])),
      await workspace.scim("PATCH", path, patchBody({ op: "add", path: "members", value })),
      await workspace.scim("PATCH", path, patchBody({ op: "replace", path: "members", value })),
    ];
    for (const answer of answers) {
      expect(answer.status).toBeLessThan(300);
      expect(answer.body.members).toMatchObject([{ value: a }]);
      expect(await notesOf(answer)).toContain(gone);
    }
    expect(await teamOf(workspace, String(made.body.id)), "and nothing has changed since").toMatchObject({
      version: 1,
    });
  });

  test("remove: any id succeeds and changes nothing", async () => {
    const [workspace, other] = [await openWorkspace("mem"), await openWorkspace("mem")];
    const [a, gone] = [
      await addPerson(workspace, `a@${workspace.domain}`),
      await addPerson(workspace, `gone@${workspace.domain}`),
    ];
    const theirs = await addPerson(other, `x@${other.domain}`);
    await workspace.scim("DELETE", `/Users/${gone}`);
    const group = await addGroup(workspace, "Crew", [a]);
    const before = await teamOf(workspace, group);
    for (const id of [gone, theirs, nobody, "not-an-id", "", group]) {
      for (const operation of [
        { op: "remove", path: "members", value: [{ value: id }] },
        { op: "remove", path: `members[value eq "${id}"]` },
      ]) {
        expect((await workspace.scim("PATCH", `/Groups/${group}`, patchBody(operation))).status, id).toBe(200);
      }
    }
    expect(await teamOf(workspace, group)).toEqual(before);
    expect(await membersOf(workspace, group)).toEqual([a]);
  });

  test("PUT without members empties it, logged as such; the name and externalId stay as said", async () => {
    const workspace = await openWorkspace("mem");
    const people = [
      await addPerson(workspace, `a@${workspace.domain}`),
      await addPerson(workspace, `b@${workspace.domain}`),
    ];
    const group = await addGroup(workspace, "Crew", people);
    await workspace.scim("PATCH", `/Groups/${group}`, setTo("externalId", "e"));
    const answer = await workspace.scim("PUT", `/Groups/${group}`, groupBody("Crew"));
    expect(answer).toMatchObject({ status: 200, body: { displayName: "Crew", externalId: "e" } });
    expect(await notesOf(answer)).toContain("All 2 members were removed");
    expect(await membersOf(workspace, group)).toEqual([]);
    for (const id of people) expect(await rowOf(workspace, id)).toMatchObject({ state: "active" });
  });

  test("nested groups: 400 with a clear detail, by POST, PUT, add and replace", async () => {
    const workspace = await openWorkspace("mem");
    const [inner, outer] = [await addGroup(workspace, "Inner"), await addGroup(workspace, "Outer")];
    const members = [{ value: inner, type: "Group" }];
    const answers = [
      await workspace.scim("POST", "/Groups", { schemas: [groupUrn], displayName: "New", members }),
      await workspace.scim("PUT", `/Groups/${outer}`, { schemas: [groupUrn], displayName: "Outer", members }),
      await workspace.scim("PATCH", `/Groups/${outer}`, patchBody({ op: "add", path: "members", value: members })),
      await workspace.scim("PATCH", `/Groups/${outer}`, patchBody({ op: "replace", path: "members", value: members })),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(400);
      expect(body.detail).toContain("is a group");
    }
  });

  test("invited and waiting people are members like others, and stay so when they join", async () => {
    const workspace = await openWorkspace("mem");
    const address = guestOf(workspace);
    const people = [await addPerson(workspace, address), await addPerson(workspace, "waits")];
    const group = await addGroup(workspace, "Crew", people);
    await acceptInvite(await inviteSecret(workspace, address), { firstName: "", lastName: "" });
    expect(await membersOf(workspace, group)).toEqual(people.sort());
  });
});

describe("versions", () => {
  const tagOf = async ({ scim }: TestWorkspace, path: string) => {
    const { headers, body } = await scim("GET", path);
    return [headers.get("etag"), (body.meta as { lastModified: string }).lastModified];
  };

  test("a person's moves with each stored attribute, state and role, by SCIM, the app or a mapped team, and not with groups", async () => {
    const workspace = await openWorkspace("ver");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const id = await addPerson(workspace, `lin@${workspace.domain}`);
    const path = `/Users/${id}`;
    let version = 1;
    const still = async (what: string) => expect((await rowOf(workspace, id)).version, what).toBe(version);
    const moved = async (what: string) => expect((await rowOf(workspace, id)).version, what).toBe(++version);
    const before = await tagOf(workspace, path);
    const group = await addGroup(workspace, "Crew", [id]);
    await workspace.scim("PATCH", `/Groups/${group}`, setTo("displayName", "Renamed"));
    await still("groups are computed");
    const after = await tagOf(workspace, path);
    expect(after).not.toEqual(before);
    for (const query of ["", "?excludedAttributes=groups", "?attributes=groups"]) {
      const ask = (tag: unknown) => workspace.scim("GET", path + query, undefined, { "if-none-match": String(tag) });
      expect((await ask(before[0])).status, "never 304 where groups changed").toBe(200);
      expect((await ask(after[0])).status).toBe(304);
    }
    await setTeamRole(workspace.operator, group, "admin");
    await moved("role by a mapped team");
    await workspace.scim("PATCH", `/Groups/${group}`, patchBody({ op: "remove", path: "members" }));
    await moved("role by leaving it");
    await workspace.scim("PATCH", path, setTo("title", "T"));
    await moved("an attribute");
    await workspace.scim("PATCH", path, setTo("title", "T"));
    await still("the same attribute");
    await workspace.scim("PATCH", path, setTo("externalId", "e"));
    await moved("externalId");
    await workspace.scim("PATCH", path, suspend);
    await moved("state");
    await workspace.scim("PATCH", path, suspend);
    await still("the same state");
    await workspace.scim("PATCH", path, setTo("shoeSize", "44"));
    await still("an unknown attribute");
    await updateRole(workspace.operator, id, "admin");
    await moved("role in the app");
  });

  test("a group's moves with name, externalId and members, also where a member is deleted, and with nothing else", async () => {
    const workspace = await openWorkspace("ver");
    const [a, b] = [
      await addPerson(workspace, `a@${workspace.domain}`),
      await addPerson(workspace, `b@${workspace.domain}`),
    ];
    const group = await addGroup(workspace, "Crew", [a]);
    const path = `/Groups/${group}`;
    let version = 1;
    const still = async (what: string) => expect((await teamOf(workspace, group))?.version, what).toBe(version);
    const moved = async (what: string) => expect((await teamOf(workspace, group))?.version, what).toBe(++version);
    const add = (id: string) => patchBody({ op: "add", path: "members", value: [{ value: id }] });
    await workspace.scim("PATCH", path, add(a));
    await still("a member who is in it");
    await workspace.scim("PATCH", path, add(b));
    await moved("a member");
    await workspace.scim("PATCH", path, setTo("displayName", "Others"));
    await moved("name");
    await workspace.scim("PATCH", path, setTo("externalId", "e"));
    await moved("externalId");
    await workspace.scim("PUT", path, { ...groupBody("Others", [b, a]), externalId: "e" });
    await still("a PUT of what is there");
    await workspace.scim("PATCH", `/Users/${a}`, suspend);
    await workspace.scim("PATCH", `/Users/${a}`, setTo("title", "T"));
    await still("a member's state and attributes");
    await setTeamRole(workspace.operator, group, "member");
    await still("its role");
    await workspace.scim("DELETE", `/Users/${a}`);
    await moved("a member who is deleted");
    await workspace.scim("PATCH", path, patchBody({ op: "remove", path: "members", value: [{ value: b }] }));
    await moved("a member who leaves");
  });
});

test("the last admin by a team change: the team changes, the role stays, the banner names them", async () => {
  const workspace = await openWorkspace("banner");
  await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
  const id = await addPerson(workspace, `lin@${workspace.domain}`);
  const group = await addGroup(workspace, "Bosses", [id]);
  await setTeamRole(workspace.operator, group, "admin");
  const { body } = await workspace.scim("GET", '/Users?filter=userName+sw+"admin"');
  await updateRole(workspace.operator, String((body.Resources as { id: string }[])[0]?.id), "member");
  const answer = await workspace.scim("PUT", `/Groups/${group}`, groupBody("Bosses"));
  expect(answer.status).toBe(200);
  expect(await notesOf(answer)).toContain("stays an admin");
  expect(await membersOf(workspace, group)).toEqual([]);
  expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
  expect(await listKeptAdmins(workspace.id)).toMatchObject([{ id }]);
});

describe("PUT of a person", () => {
  test("an unchanged body writes nothing; null for active is left out; without userName 400 invalidValue and nothing is cleared", async () => {
    const workspace = await openWorkspace("put");
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, { title: "T", externalId: "e", active: true });
    const [before, events] = [await rowOf(workspace, id), await eventsOf(workspace, id)];
    const same = { title: "T", externalId: "e", active: null, groups: [{ value: nobody }], password: "secret" };
    expect((await workspace.scim("PUT", `/Users/${id}`, userBody(address, same))).status).toBe(200);
    expect(await rowOf(workspace, id)).toEqual(before);
    expect(await eventsOf(workspace, id)).toEqual(events);
    const { userName: _userName, ...nameless } = userBody(address, { title: "U" });
    expect(await workspace.scim("PUT", `/Users/${id}`, nameless)).toMatchObject({
      status: 400,
      body: { scimType: "invalidValue" },
    });
    expect(await rowOf(workspace, id)).toEqual(before);
  });
});
