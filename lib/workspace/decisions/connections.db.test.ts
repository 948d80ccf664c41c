import { describe, expect, test } from "vitest";
import { one, run, sql } from "@/lib/db";
import { routeAdapter } from "@/lib/provisioning/testing/adapters";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  eventsOf,
  groupBody,
  guestOf,
  mailsTo,
  openWorkspace,
  patchBody,
  reactivate,
  rowOf,
  setTo,
  suspend,
  type TestWorkspace,
  userBody,
} from "@/lib/provisioning/testing/decisions";
import { disconnect } from "@/lib/workspace/access/connections";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { cancelInvite, resendInvite } from "@/lib/workspace/invites/invites";
import { findProvisioningStatus } from "@/lib/workspace/log/health";
import { suspendMember, updateRole } from "@/lib/workspace/members/edit";
import { overrideMember, overrideTeam } from "@/lib/workspace/membership/managed";
import { addTeamMember, createTeamInApp, renameTeamInApp } from "@/lib/workspace/teams/edit";

// What D-07, D-08 and D-09 say of connections and no other test covers.

async function teamOf({ id }: TestWorkspace, team: string) {
  const row = await one<{ connectionId: string | null; version: number; name: string }>(
    sql`SELECT "connectionId", version, name FROM "Team" WHERE "workspaceId" = ${id} AND id = ${team}`,
  );
  if (!row) throw new Error(`no team ${team}`);
  return row;
}

async function secondProvider({ operator }: TestWorkspace) {
  const scopes = ["user_management:read-write"];
  const made = await createAccessToken(operator, { name: "Second", scopes, expiresAt: null, connection: "Okta" });
  return routeAdapter(made.secret);
}

/** Writes that change nothing of what is there. */
const idle: [string, (scim: TestWorkspace["scim"], path: string) => Promise<{ status: number }>][] = [
  ["a PUT of what was read", async (scim, path) => scim("PUT", path, (await scim("GET", path)).body)],
  [
    "a PATCH that takes away what is not there",
    (scim, path) => scim("PATCH", path, patchBody({ op: "remove", path: "externalId" })),
  ],
  ["a PATCH without operations", (scim, path) => scim("PATCH", path, patchBody())],
  ["a PATCH of an attribute that is unknown", (scim, path) => scim("PATCH", path, setTo("shoeSize", "44"))],
];

describe("managed", () => {
  test.each(idle)(
    "from the first successful write to a person, even one that changes nothing: %s",
    async (_, write) => {
      const workspace = await openWorkspace("managed");
      const id = await addUnmanaged(workspace, `lin@${workspace.domain}`);
      const [before, events] = [await rowOf(workspace, id), await eventsOf(workspace, id)];
      expect(before.connectionId).toBeNull();
      expect((await write(workspace.scim, `/Users/${id}`)).status).toBe(200);
      expect(await rowOf(workspace, id)).toEqual({ ...before, connectionId: expect.any(String) });
      expect(await eventsOf(workspace, id)).toEqual(events);
      await expect(suspendMember(adminOf(workspace), id)).rejects.toMatchObject({ reason: "managed" });
    },
  );

  test.each(idle)("from the first successful write to a team, even one that changes nothing: %s", async (_, write) => {
    const workspace = await openWorkspace("managed");
    const team = await createTeamInApp(adminOf(workspace), "Crew");
    const before = await teamOf(workspace, team);
    expect(before.connectionId).toBeNull();
    expect((await write(workspace.scim, `/Groups/${team}`)).status).toBe(200);
    expect(await teamOf(workspace, team)).toEqual({ ...before, connectionId: expect.any(String) });
    await expect(renameTeamInApp(adminOf(workspace), team, "Other")).rejects.toMatchObject({ reason: "managed" });
  });

  test("reading is no write: by id, filter, list, search and root", async () => {
    const workspace = await openWorkspace("managed");
    const id = await addUnmanaged(workspace, `lin@${workspace.domain}`);
    const team = await createTeamInApp(adminOf(workspace), "Crew");
    const schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"];
    const reads = [
      await workspace.scim("GET", `/Users/${id}`),
      await workspace.scim("GET", `/Groups/${team}`),
      await workspace.scim("GET", `/Users?filter=userName+eq+%22lin%40${workspace.domain}%22`),
      await workspace.scim("GET", "/Groups"),
      await workspace.scim("POST", "/Users/.search", { schemas }),
      await workspace.scim("GET", "/?filter=id+pr"),
    ];
    expect(reads.map(({ status }) => status)).toEqual(reads.map(() => 200));
    expect((await rowOf(workspace, id)).connectionId).toBeNull();
    expect((await teamOf(workspace, team)).connectionId).toBeNull();
  });

  test("a write that is refused is none", async () => {
    const workspace = await openWorkspace("managed");
    const address = `lin@${workspace.domain}`;
    const id = await addUnmanaged(workspace, address);
    await addPerson(workspace, `taken@${workspace.domain}`);
    const team = await createTeamInApp(adminOf(workspace), "Crew");
    await workspace.scim("POST", "/Groups", groupBody("Taken"));
    const nobody = "00000000-0000-7000-8000-000000000000";
    const refused = [
      await workspace.scim("PUT", `/Users/${id}`, userBody(address, { title: "T" }), { "if-match": 'W/"7"' }),
      await workspace.scim("PATCH", `/Users/${id}`, setTo("userName", `taken@${workspace.domain}`)),
      await workspace.scim("PUT", `/Users/${id}`, userBody("")),
      await workspace.scim("PUT", `/Groups/${team}`, groupBody("Crew", [nobody])),
      await workspace.scim("PATCH", `/Groups/${team}`, setTo("displayName", "taken")),
    ];
    expect(refused.map(({ status }) => status)).toEqual([412, 409, 400, 400, 409]);
    expect((await rowOf(workspace, id)).connectionId).toBeNull();
    expect((await teamOf(workspace, team)).connectionId).toBeNull();
  });

  test("until DELETE: who is made afterwards belongs to who made them", async () => {
    const workspace = await openWorkspace("managed");
    const [address, second] = [`lin@${workspace.domain}`, await secondProvider(workspace)];
    const first = await addPerson(workspace, address);
    expect((await second("POST", "/Users", userBody(address))).status).toBe(409);
    await workspace.scim("DELETE", `/Users/${first}`);
    const { body } = await second("POST", "/Users", userBody(address));
    expect(body.id).not.toBe(first);
    expect((await workspace.scim("PATCH", `/Users/${body.id}`, suspend)).status).toBe(409);
    expect((await second("PATCH", `/Users/${body.id}`, suspend)).status).toBe(200);
  });

  test("an in-app override does not end it, whatever an admin changes in its hour; the next push wins", async () => {
    const workspace = await openWorkspace("managed");
    const [me, second] = [adminOf(workspace), await secondProvider(workspace)];
    const person = await addPerson(workspace, `lin@${workspace.domain}`, { roles: [{ value: "member" }] });
    const team = String((await workspace.scim("POST", "/Groups", groupBody("Crew"))).body.id);
    const owners = [(await rowOf(workspace, person)).connectionId, (await teamOf(workspace, team)).connectionId];
    await overrideMember(me, person);
    await overrideTeam(me, team);
    await updateRole(me, person, "admin");
    await suspendMember(me, person);
    await addTeamMember(me, team, person);
    await renameTeamInApp(me, team, "Other");
    expect([(await rowOf(workspace, person)).connectionId, (await teamOf(workspace, team)).connectionId]).toEqual(
      owners,
    );
    expect((await second("PATCH", `/Users/${person}`, reactivate)).status).toBe(409);
    expect((await second("PATCH", `/Groups/${team}`, setTo("displayName", "Mine"))).status).toBe(409);
    await workspace.scim("PATCH", `/Users/${person}`, reactivate);
    expect(await rowOf(workspace, person)).toMatchObject({ state: "active", role: "member" });
    await workspace.scim("PUT", `/Groups/${team}`, groupBody("Crew", []));
    expect((await workspace.scim("GET", `/Groups/${team}`)).body).toMatchObject({ displayName: "Crew", members: [] });
  });

  test("an override suspends, and never ends: a managed invite is not cancelled in the app, only sent again", async () => {
    const workspace = await openWorkspace("managed");
    const address = guestOf(workspace);
    const id = await addPerson(workspace, address);
    await overrideMember(adminOf(workspace), id);
    await expect(cancelInvite(adminOf(workspace), id)).rejects.toMatchObject({ reason: "managed" });
    await resendInvite(adminOf(workspace), id);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "invited" });
    expect(await mailsTo(workspace, address)).toEqual(["invite", "invite"]);
  });

  test("the last token expired: nobody changes, people stay locked, and the page says so; Disconnect frees them", async () => {
    const workspace = await openWorkspace("managed");
    const id = await addPerson(workspace, `lin@${workspace.domain}`);
    const before = await rowOf(workspace, id);
    await run(
      sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '1 second' WHERE "workspaceId" = ${workspace.id}`,
    );
    expect((await workspace.scim("GET", "/Users")).status).toBe(401);
    expect(await rowOf(workspace, id)).toEqual(before);
    await expect(suspendMember(adminOf(workspace), id)).rejects.toMatchObject({ reason: "managed" });
    const { connections } = await findProvisioningStatus(workspace.id);
    expect(connections).toMatchObject([{ state: "stopped", liveTokens: 0 }]);
    await disconnect(adminOf(workspace), connections[0]?.id ?? "");
    expect(await rowOf(workspace, id)).toEqual({ ...before, connectionId: null });
    await suspendMember(adminOf(workspace), id);
  });

  test("who is unmanaged may be deleted by any connection, and leaves no owner behind", async () => {
    const workspace = await openWorkspace("managed");
    const id = await addUnmanaged(workspace, `lin@${workspace.domain}`);
    expect((await (await secondProvider(workspace))("DELETE", `/Users/${id}`)).status).toBe(204);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "ended", connectionId: null });
  });
});
