import { describe, expect, test } from "vitest";
import { all, one, run, sql } from "@/lib/db";
import { routeAdapter, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import type { Actor } from "@/lib/workspace/actor";
import { findProvisioningStatus } from "@/lib/workspace/log/health";
import { reactivateMember, suspendMember } from "@/lib/workspace/members/edit";
import { listMembers } from "@/lib/workspace/members/list";
import { overrideMember, overrideTeam } from "@/lib/workspace/membership/managed";
import {
  addTeamMember,
  createTeamInApp,
  deleteTeamInApp,
  removeTeamMember,
  renameTeamInApp,
} from "@/lib/workspace/teams/edit";
import { disconnect } from "./connections";
import { listConnections } from "./find-connection";
import { createAccessToken, revokeAccessToken } from "./tokens";

// Tokens and connections (D-06, D-07), who is managed (D-08), and two connections with one person (D-10).

const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
const suspend = patchBody({ op: "Replace", path: "active", value: "False" });
const reactivate = patchBody({ op: "Replace", path: "active", value: "True" });
const scopes = ["user_management:read-write"];

const adminOf = ({ operator }: TestWorkspace): Actor => ({ ...operator, kind: "member", name: "Ada" });

async function secondProvider(workspace: TestWorkspace, connection: string | null): Promise<ScimClient> {
  const input = { name: "Second", scopes, expiresAt: null, connection };
  return routeAdapter((await createAccessToken(workspace.operator, input)).secret);
}

const addPerson = async (workspace: TestWorkspace, name = "lin") =>
  String((await workspace.scim("POST", "/Users", userBody(`${name}@${workspace.domain}`))).body.id);

const addGroup = async (scim: ScimClient, displayName: string, members: string[] = []) =>
  scim("POST", "/Groups", { schemas: [groupUrn], displayName, members: members.map((value) => ({ value })) });

const stateOf = ({ id }: TestWorkspace, person: string) =>
  one<{ state: string; connectionId: string | null }>(
    sql`SELECT state, "connectionId" FROM "Membership" WHERE "workspaceId" = ${id} AND id = ${person}`,
  );

describe("joining", () => {
  test("a second token joins the connection that is there: both may change everybody", async () => {
    const workspace = await openWorkspace("conn");
    const person = await addPerson(workspace);
    const second = await secondProvider(workspace, null);
    expect((await second("PATCH", `/Users/${person}`, suspend)).status).toBe(200);
    expect(await listConnections(workspace.id)).toHaveLength(1);
  });

  test("a connection that nobody named is called like no other, also when that one has ended", async () => {
    const workspace = await openWorkspace("conn");
    const [first] = await listConnections(workspace.id);
    await disconnect(workspace.operator, first?.id ?? "");
    await secondProvider(workspace, null);
    expect((await listConnections(workspace.id)).map(({ name }) => name)).toContain("Identity provider 2");
  });

  test("a team name that is taken is told in the words of whoever asks", async () => {
    const workspace = await openWorkspace("conn");
    await createTeamInApp(adminOf(workspace), "Crew");
    const taken = createTeamInApp(adminOf(workspace), "crew");
    await expect(taken).rejects.toMatchObject({ detail: 'A team named "crew" exists already. Choose another name.' });
    expect((await addGroup(workspace.scim, "CREW")).body.detail).toContain("updating the group with the id");
  });

  test("T46 another identity provider: its writes to what the first manages are 409 that names the owner; it reads all", async () => {
    const workspace = await openWorkspace("conn");
    const person = await addPerson(workspace);
    const { body: group } = await addGroup(workspace.scim, "Crew", [person]);
    const second = await secondProvider(workspace, "Okta");
    const before = await workspace.scim("GET", `/Users/${person}`);
    const writes = [
      await second("PATCH", `/Users/${person}`, suspend),
      await second("PUT", `/Users/${person}`, userBody(`lin@${workspace.domain}`, { active: false })),
      await second("DELETE", `/Users/${person}`),
      await second("PATCH", `/Groups/${group.id}`, patchBody({ op: "remove", path: "members" })),
      await second("DELETE", `/Groups/${group.id}`),
    ];
    for (const { status, body } of writes) {
      expect(status).toBe(409);
      expect(body).not.toHaveProperty("scimType");
      expect(body.detail).toContain('"Identity provider"');
    }
    const taken = await second("POST", "/Users", userBody(`lin@${workspace.domain}`));
    expect(taken).toMatchObject({ status: 409, body: { scimType: "uniqueness" } });
    expect((await second("GET", `/Users/${person}`)).body).toEqual(before.body);
    expect((await second("GET", "/Users")).body.totalResults).toBe(2);
  });

  test("T46 two connections that flip one person at once: the owner's word stands, the other gets 409 each time", async () => {
    const workspace = await openWorkspace("conn");
    const person = await addPerson(workspace);
    const second = await secondProvider(workspace, "Okta");
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        Promise.all([
          workspace.scim("PATCH", `/Users/${person}`, at % 2 === 0 ? suspend : reactivate),
          second("PATCH", `/Users/${person}`, suspend),
        ]),
      ),
    );
    expect(answers.every(([own, other]) => own.status === 200 && other.status === 409)).toBe(true);
  });

  test("T46 two connections that adopt one unmanaged person at once: one gets them", async () => {
    for (let round = 0; round < 5; round++) {
      const workspace = await openWorkspace("conn");
      const second = await secondProvider(workspace, "Okta");
      const body = userBody(`admin@${workspace.domain}`);
      const both = await Promise.all([workspace.scim("POST", "/Users", body), second("POST", "/Users", body)]);
      expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    }
  });
});

describe("Disconnect", () => {
  test("makes people and teams the app's again, suspends nobody, and ends the connection's tokens at the next request", async () => {
    const workspace = await openWorkspace("conn");
    const person = await addPerson(workspace);
    await addGroup(workspace.scim, "Crew", [person]);
    const [connection] = await listConnections(workspace.id);
    expect(await disconnect(adminOf(workspace), connection?.id ?? "")).toEqual({ people: 1, teams: 1 });
    expect(await stateOf(workspace, person)).toEqual({ state: "active", connectionId: null });
    expect((await workspace.scim("GET", "/Users")).status).toBe(401);
    await suspendMember(adminOf(workspace), person);
    expect(await stateOf(workspace, person)).toMatchObject({ state: "suspended" });
    await expect(disconnect(adminOf(workspace), connection?.id ?? "")).rejects.toMatchObject({
      reason: "connection_ended",
    });
    const events = await all<{ after: object }>(
      sql`SELECT after FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND action = 'connection.disconnected'`,
    );
    expect(events).toMatchObject([{ after: { people: 1, teams: 1, tokens: 1 } }]);
  });

  test("a new provider afterwards adopts whom it writes: same id, role and teams", async () => {
    const workspace = await openWorkspace("conn");
    const person = await addPerson(workspace);
    const { body: group } = await addGroup(workspace.scim, "Crew", [person]);
    const [connection] = await listConnections(workspace.id);
    await disconnect(adminOf(workspace), connection?.id ?? "");
    const next = await secondProvider(workspace, null);
    const adopted = await next("POST", "/Users", userBody(`lin@${workspace.domain}`, { title: "T" }));
    expect(adopted).toMatchObject({ status: 201, body: { id: person, title: "T" } });
    expect((await next("GET", `/Groups/${group.id}`)).body.members).toMatchObject([{ value: person }]);
    expect((await stateOf(workspace, person))?.connectionId).not.toBe(connection?.id);
  });

  test("against a write that is under way: either it came before, or it is refused", async () => {
    for (let round = 0; round < 5; round++) {
      const workspace = await openWorkspace("conn");
      const person = await addPerson(workspace);
      const [connection] = await listConnections(workspace.id);
      const [write] = await Promise.all([
        workspace.scim("PATCH", `/Users/${person}`, suspend),
        disconnect(adminOf(workspace), connection?.id ?? ""),
      ]);
      const row = await stateOf(workspace, person);
      expect(row?.connectionId, "never managed by who was disconnected").toBeNull();
      expect(row?.state).toBe(write.status === 200 ? "suspended" : "active");
    }
  });

  test("of another workspace is not found", async () => {
    const [one, other] = [await openWorkspace("conn"), await openWorkspace("conn")];
    const [connection] = await listConnections(other.id);
    await expect(disconnect(adminOf(one), connection?.id ?? "")).rejects.toMatchObject({ reason: "not_found" });
  });
});

describe("the last token gone", () => {
  test("nobody changes, people stay locked, and the page says what to do", async () => {
    const workspace = await openWorkspace("conn");
    const person = await addPerson(workspace);
    await revokeAccessToken(workspace.operator, workspace.token.id);
    expect(await stateOf(workspace, person)).toMatchObject({ state: "active", connectionId: expect.any(String) });
    await expect(suspendMember(adminOf(workspace), person)).rejects.toMatchObject({ reason: "managed" });
    const { connections } = await findProvisioningStatus(workspace.id);
    expect(connections).toMatchObject([{ state: "stopped", liveTokens: 0 }]);
    const next = await secondProvider(workspace, null);
    expect((await next("PATCH", `/Users/${person}`, suspend)).status, "a new token joins").toBe(200);
  });
});

describe("override", () => {
  test("a managed person is locked with the owner named, opened for an hour, and the next push wins; all audited", async () => {
    const workspace = await openWorkspace("conn");
    const person = await addPerson(workspace);
    const me = adminOf(workspace);
    await expect(suspendMember(me, person)).rejects.toMatchObject({
      reason: "managed",
      detail: expect.stringContaining("Identity provider"),
    });
    const find = async () => (await listMembers(workspace.id, { search: "lin" })).members[0];
    expect((await find())?.allowed).toEqual(["override"]);
    await overrideMember(me, person);
    expect((await find())?.allowed).toEqual(["suspend", "make_admin"]);
    await suspendMember(me, person);
    expect(await stateOf(workspace, person)).toMatchObject({ state: "suspended", connectionId: expect.any(String) });
    const push = await workspace.scim("PUT", `/Users/${person}`, userBody(`lin@${workspace.domain}`, { active: true }));
    expect(push.body.active, "the next push wins").toBe(true);
    const events = await all<{ action: string; actorName: string }>(
      sql`SELECT action, "actorName" FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND "targetId" = ${person} AND action <> 'membership.updated' ORDER BY id`,
    );
    expect(events.map(({ action, actorName }) => `${action} by ${actorName}`)).toEqual([
      "membership.created by IdP",
      "membership.override_opened by Ada",
      "membership.suspended by Ada",
      "membership.reactivated by IdP",
    ]);
  });

  test("it ends after an hour", async () => {
    const workspace = await openWorkspace("conn");
    const person = await addPerson(workspace);
    await overrideMember(adminOf(workspace), person);
    await run(
      sql`UPDATE "Membership" SET "overrideUntil" = now() - interval '1 second' WHERE "workspaceId" = ${workspace.id}`,
    );
    await expect(suspendMember(adminOf(workspace), person)).rejects.toMatchObject({ reason: "managed" });
    await expect(reactivateMember(adminOf(workspace), person)).rejects.toMatchObject({ reason: "managed" });
  });

  test("a managed team is locked; overridden, name and members may change, but it is not deleted", async () => {
    const workspace = await openWorkspace("conn");
    const [a, b] = [await addPerson(workspace, "a"), await addPerson(workspace, "b")];
    const { body } = await addGroup(workspace.scim, "Crew", [a]);
    const team = String(body.id);
    const me = adminOf(workspace);
    await expect(renameTeamInApp(me, team, "Other")).rejects.toMatchObject({ reason: "managed" });
    await expect(addTeamMember(me, team, b)).rejects.toMatchObject({ reason: "managed" });
    await overrideTeam(me, team);
    await addTeamMember(me, team, b);
    await renameTeamInApp(me, team, "Other");
    await expect(deleteTeamInApp(me, team)).rejects.toMatchObject({ reason: "managed" });
    const push = { schemas: [groupUrn], displayName: "Crew", members: [{ value: a }] };
    const { body: after } = await workspace.scim("PUT", `/Groups/${team}`, push);
    expect(after).toMatchObject({ displayName: "Crew", members: [{ value: a }] });
  });
});

describe("teams of the app", () => {
  test("are made, filled, renamed and deleted; their names are unique, also against managed ones", async () => {
    const workspace = await openWorkspace("conn");
    const me = adminOf(workspace);
    const person = await addPerson(workspace);
    await addGroup(workspace.scim, "Managed");
    const team = await createTeamInApp(me, "  Crew ");
    await expect(createTeamInApp(me, "cREW")).rejects.toMatchObject({ reason: "team_name_taken" });
    await expect(createTeamInApp(me, "managed")).rejects.toMatchObject({ reason: "team_name_taken" });
    await expect(createTeamInApp(me, "  ")).rejects.toMatchObject({ reason: "team_name_blank" });
    await expect(renameTeamInApp(me, team, "Managed")).rejects.toMatchObject({ reason: "team_name_taken" });
    await addTeamMember(me, team, person);
    await addTeamMember(me, team, person);
    expect((await workspace.scim("GET", `/Groups/${team}`)).body).toMatchObject({
      displayName: "Crew",
      members: [{ value: person }],
      meta: { version: 'W/"2"' },
    });
    await removeTeamMember(me, team, person);
    await deleteTeamInApp(me, team);
    expect((await workspace.scim("GET", `/Groups/${team}`)).status).toBe(404);
  });

  test("an identity provider links to one by its name: 409 says how, the first write keeps id and members", async () => {
    const workspace = await openWorkspace("conn");
    const me = adminOf(workspace);
    const [a, b] = [await addPerson(workspace, "a"), await addPerson(workspace, "b")];
    const team = await createTeamInApp(me, "Crew");
    await addTeamMember(me, team, a);
    const taken = await addGroup(workspace.scim, "crew");
    expect(taken).toMatchObject({ status: 409, body: { scimType: "uniqueness" } });
    expect(taken.body.detail).toContain(team);
    const add = patchBody({ op: "add", path: "members", value: [{ value: b }] });
    const { body } = await workspace.scim("PATCH", `/Groups/${team}`, add);
    expect((body.members as { value: string }[]).map(({ value }) => value).sort()).toEqual([a, b].sort());
    await expect(removeTeamMember(me, team, a), "locked now").rejects.toMatchObject({ reason: "managed" });
  });

  test("two who make one team at once: one does", async () => {
    const workspace = await openWorkspace("conn");
    const both = await Promise.allSettled([
      createTeamInApp(adminOf(workspace), "Crew"),
      addGroup(workspace.scim, "crew").then(({ status }) => {
        if (status !== 201) throw new Error(String(status));
      }),
    ]);
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("people who are suspended keep their teams; who has ended leaves them", async () => {
    const workspace = await openWorkspace("conn");
    const [a, b] = [await addPerson(workspace, "a"), await addPerson(workspace, "b")];
    const { body: group } = await addGroup(workspace.scim, "Crew", [a, b]);
    await workspace.scim("PATCH", `/Users/${a}`, suspend);
    await workspace.scim("DELETE", `/Users/${b}`);
    expect((await workspace.scim("GET", `/Groups/${group.id}`)).body.members).toMatchObject([{ value: a }]);
    await workspace.scim("PATCH", `/Users/${a}`, reactivate);
    expect((await workspace.scim("GET", `/Users/${a}`)).body.groups).toMatchObject([{ value: group.id }]);
  });
});
