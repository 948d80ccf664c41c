import { describe, expect, test } from "vitest";
import { openApi } from "@/app/api/v1/support";
import { all, one, run, sql } from "@/lib/db";
import { announceTokenExpiry } from "@/lib/jobs/token-expiry";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  eventsOf,
  groupBody,
  mailsTo,
  openWorkspace,
  patchBody,
  rowOf,
  setTo,
  suspend,
  type TestWorkspace,
  userIdOf,
} from "@/lib/provisioning/testing/decisions";
import { listKeptAdmins } from "@/lib/workspace/members/roles";
import { approveHold } from "@/lib/workspace/restore/hold";
import { listLost } from "@/lib/workspace/restore/lost";
import { restorePeople } from "@/lib/workspace/restore/restore";
import { createTeamInApp, setTeamRole } from "@/lib/workspace/teams/edit";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import { findHold } from "./decide";

// The mass-change hold counts access however it is taken (D-53, D-54, D-55), and restores it (D-56).

type World = TestWorkspace & { people: string[] };

/** People who have had access for more than a day. */
async function openWithPeople(count: number, more: Record<string, unknown> = {}): Promise<World> {
  const workspace = await openWorkspace("kinds");
  await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
  const people: string[] = [];
  for (let at = 0; at < count; at++) people.push(await addPerson(workspace, `p${at}@${workspace.domain}`, more));
  await run(
    sql`UPDATE "Membership" SET "activeSince" = "activeSince" - interval '2 days' WHERE "workspaceId" = ${workspace.id}`,
  );
  return { ...workspace, people };
}

const move = (world: World, at: number) =>
  world.scim("PATCH", `/Users/${world.people[at]}`, setTo("userName", `evil${at}@${world.domain}`));
const demote = (world: World, at: number) =>
  world.scim("PATCH", `/Users/${world.people[at]}`, patchBody({ op: "Remove", path: "roles" }));
const off = (world: World, at: number) => world.scim("PATCH", `/Users/${world.people[at]}`, suspend);

const admins = { roles: [{ value: "admin" }] };
const statuses = async (acts: Promise<{ status: number }>[]) => (await Promise.all(acts)).map(({ status }) => status);
const times = (count: number) => Array.from({ length: count }, (_, at) => at);

/** Everything of the workspace that a held request must not have touched. */
const everythingOf = ({ id }: TestWorkspace) =>
  all(sql`
    SELECT m.id, m.state, m.role, m.address, m."userName", m.version, u.email, ARRAY(SELECT "teamId" FROM "TeamMember" t WHERE t."membershipId" = m.id) AS teams
    FROM "Membership" m LEFT JOIN "User" u ON u.id = m."userId" WHERE m."workspaceId" = ${id} ORDER BY m.id`);

describe("C1 the hold counts what takes access", () => {
  test("C1 moved login addresses: the eleventh of fourteen is 429, nothing of it is written, the wish is kept", async () => {
    const world = await openWithPeople(14);
    for (const at of times(10)) expect((await move(world, at)).status).toBe(200);
    const before = await everythingOf(world);
    const held = await move(world, 10);
    expect(held).toMatchObject({ status: 429, body: { detail: expect.stringContaining("held") } });
    expect(held.headers.get("retry-after")).toBe("900");
    expect(await everythingOf(world)).toEqual(before);
    expect(await findHold(world.id)).toMatchObject({
      counted: 10,
      total: 1,
      people: [{ action: "move", id: world.people[10] }],
    });
  });

  test("C1 withdrawn admin roles are counted and held", async () => {
    const world = await openWithPeople(14, admins);
    for (const at of times(10)) expect((await demote(world, at)).status).toBe(200);
    const before = await everythingOf(world);
    expect((await demote(world, 10)).status).toBe(429);
    expect(await everythingOf(world)).toEqual(before);
    expect((await findHold(world.id))?.people).toMatchObject([{ action: "demote" }]);
  });

  test("C1 suspensions, ends, moves and demotions count together; one person counts once", async () => {
    const world = await openWithPeople(16, admins);
    for (const at of times(3)) expect((await off(world, at)).status).toBe(200);
    for (const at of [3, 4, 5]) expect((await move(world, at)).status).toBe(200);
    for (const at of [3, 6, 7]) expect((await demote(world, at)).status, "the one who was moved counts once").toBe(200);
    expect((await world.scim("DELETE", `/Users/${world.people[8]}`)).status).toBe(204);
    expect((await world.scim("DELETE", `/Users/${world.people[9]}`)).status).toBe(204);
    const next = await statuses([off(world, 10), move(world, 11), demote(world, 12)]);
    expect(next).toEqual([429, 429, 429]);
    expect((await findHold(world.id))?.people.map(({ action }) => action).sort()).toEqual([
      "demote",
      "move",
      "suspend",
    ]);
  });

  const empties: [string, (world: World, team: string) => Promise<{ status: number }>][] = [
    ["emptied by PUT", (world, team) => world.scim("PUT", `/Groups/${team}`, groupBody("Admins"))],
    [
      "emptied by PATCH",
      (world, team) => world.scim("PATCH", `/Groups/${team}`, patchBody({ op: "Remove", path: "members" })),
    ],
    ["deleted", (world, team) => world.scim("DELETE", `/Groups/${team}`)],
    ["deleted by REST", async (world, team) => (await openApi(world))("DELETE", `/teams/${team}`)],
  ];

  /** A team whose being in gives admin, with fourteen people in it. */
  async function openMapped(managed: boolean) {
    const world = await openWithPeople(14);
    const team = managed
      ? String((await world.scim("POST", "/Groups", groupBody("Admins", world.people))).body.id)
      : await createTeamInApp(adminOf(world), "Admins");
    if (!managed) {
      await run(sql`
        INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId") SELECT "workspaceId", ${team}, id FROM "Membership" WHERE "workspaceId" = ${world.id} AND id = ANY(${world.people}::uuid[])`);
    }
    await setTeamRole(adminOf(world), team, "admin");
    return { world, team };
  }

  test.each(empties)(
    "C1 a team that carries a role, %s at once: held as a whole, and approved as a whole",
    async (way, act) => {
      const { world, team } = await openMapped(!way.includes("REST"));
      const before = await everythingOf(world);
      expect((await act(world, team)).status).toBe(429);
      expect(await everythingOf(world)).toEqual(before);
      const hold = await findHold(world.id);
      expect(hold).toMatchObject({ total: 1, people: [{ id: team, name: "Admins", action: "team" }] });
      expect(await approveHold(adminOf(world), hold?.id ?? "")).toEqual({ applied: 1, skipped: 0 });
      for (const id of world.people) expect(await rowOf(world, id)).toMatchObject({ role: "member" });
      const left = await all(sql`SELECT 1 FROM "TeamMember" WHERE "teamId" = ${team}`);
      expect(left).toEqual([]);
      expect((await act(world, team)).status, "the retry").toBeLessThan(405);
    },
  );

  test("C1 people who are taken out of a mapped team one by one are all held, and approved together", async () => {
    const { world, team } = await openMapped(true);
    const leave = (at: number) => {
      const path = `members[value eq "${world.people[at]}"]`;
      return world.scim("PATCH", `/Groups/${team}`, patchBody({ op: "Remove", path }));
    };
    for (const at of times(10)) expect((await leave(at)).status).toBe(200);
    for (const at of [10, 11, 12]) expect((await leave(at)).status).toBe(429);
    const hold = await findHold(world.id);
    expect(hold?.total).toBe(1);
    await approveHold(adminOf(world), hold?.id ?? "");
    for (const at of [10, 11, 12]) expect(await rowOf(world, world.people[at])).toMatchObject({ role: "member" });
    expect(await rowOf(world, world.people[13])).toMatchObject({ role: "admin" });
    const left = await all<{ id: string }>(sql`SELECT "membershipId" AS id FROM "TeamMember" WHERE "teamId" = ${team}`);
    expect(left.map(({ id }) => id)).toEqual([world.people[13]]);
  });

  test("C1 approved, a moved address and a withdrawn role are as they were wanted, and the retry writes nothing", async () => {
    const world = await openWithPeople(14, admins);
    for (const at of times(10)) await off(world, at);
    await move(world, 10);
    await demote(world, 11);
    const hold = await findHold(world.id);
    expect(await approveHold(adminOf(world), hold?.id ?? "")).toEqual({ applied: 2, skipped: 0 });
    expect(await rowOf(world, world.people[10])).toMatchObject({
      address: `evil10@${world.domain}`,
      userName: `evil10@${world.domain}`,
    });
    expect(await rowOf(world, world.people[11])).toMatchObject({ role: "member" });
    const before = await everythingOf(world);
    expect(await statuses([move(world, 10), demote(world, 11)])).toEqual([200, 200]);
    expect(await everythingOf(world)).toEqual(before);
  });

  test("C1 approved after somebody changed meanwhile, a held change is skipped instead of undoing that", async () => {
    const world = await openWithPeople(14);
    for (const at of times(10)) await off(world, at);
    await move(world, 10);
    await world.scim("PATCH", `/Users/${world.people[10]}`, setTo("title", "Newer"));
    const hold = await findHold(world.id);
    expect(await approveHold(adminOf(world), hold?.id ?? "")).toEqual({ applied: 0, skipped: 1 });
    expect((await world.scim("GET", `/Users/${world.people[10]}`)).body.title).toBe("Newer");
  });

  test("C1 what an admin does in the app, people of less than a day and a move that waits for its owner are not counted", async () => {
    const world = await openWithPeople(12, admins);
    await run(
      sql`UPDATE "Membership" SET "activeSince" = now() WHERE "workspaceId" = ${world.id} AND id = ANY(${world.people.slice(0, 6)}::uuid[])`,
    );
    const other = await openWorkspace("other");
    await addUnmanaged(other, `p6@${world.domain}`);
    for (const at of times(12)) expect((await move(world, at)).status).toBe(200);
    const counted = await one<{ count: number }>(
      sql`SELECT count(*) AS count FROM "AccessLoss" WHERE "workspaceId" = ${world.id} AND counted`,
    );
    expect(counted?.count).toBe(5);
  });

  test("C1 two at once do not pass the limit together", async () => {
    const world = await openWithPeople(24, admins);
    const answers = await statuses(times(24).map((at) => (at % 2 ? move(world, at) : demote(world, at))));
    expect(answers.filter((status) => status === 200)).toHaveLength(10);
    expect(answers.filter((status) => status === 429)).toHaveLength(14);
  });
});

describe("C1 lost access", () => {
  test("C1 lists and restores addresses: old and new address are mailed, the session of the new one ends, both are audited", async () => {
    const world = await openWithPeople(1);
    await move(world, 0);
    const [loss] = await listLost(world.id);
    expect(loss).toMatchObject({ how: "address", from: `p0@${world.domain}`, to: `evil0@${world.domain}`, by: "IdP" });
    expect(await restorePeople(adminOf(world), [loss?.id ?? ""])).toEqual({ restored: 1, refused: [] });
    expect(await rowOf(world, world.people[0])).toMatchObject({ address: `p0@${world.domain}` });
    expect(await userIdOf(`p0@${world.domain}`)).toBeTruthy();
    expect(await mailsTo(world, `evil0@${world.domain}`)).toContain("address_changed");
    expect(
      (await eventsOf(world, world.people[0])).filter((action) => action === "membership.address_changed"),
    ).toHaveLength(2);
    expect(await listLost(world.id)).toEqual([]);
  });

  test("C1 an address that somebody else has got since is refused with the reason, and stays listed", async () => {
    const world = await openWithPeople(1);
    await move(world, 0);
    await addPerson(world, `p0@${world.domain}`);
    const [loss] = await listLost(world.id);
    const { refused } = await restorePeople(adminOf(world), [loss?.id ?? ""]);
    expect(refused).toMatchObject([{ detail: expect.stringContaining("is now used by another account") }]);
    expect(await listLost(world.id)).toHaveLength(1);
  });

  test("C1 lists and restores admin roles", async () => {
    const world = await openWithPeople(2, admins);
    await demote(world, 0);
    const [loss] = await listLost(world.id);
    expect(loss).toMatchObject({ how: "role" });
    await restorePeople(adminOf(world), [loss?.id ?? ""]);
    expect(await rowOf(world, world.people[0])).toMatchObject({ role: "admin" });
    expect(await listLost(world.id)).toEqual([]);
  });

  const losses: [string, string, (world: World, team: string) => Promise<unknown>][] = [
    ["emptied by PUT", "team_emptied", (world, team) => world.scim("PUT", `/Groups/${team}`, groupBody("Crew"))],
    [
      "emptied by PATCH",
      "team_emptied",
      (world, team) => world.scim("PATCH", `/Groups/${team}`, patchBody({ op: "Remove", path: "members" })),
    ],
    ["deleted", "team_deleted", (world, team) => world.scim("DELETE", `/Groups/${team}`)],
  ];

  test.each(losses)(
    "C1 a team of more than ten that gives no role, %s, is not held, and comes back with its people",
    async (_, how, act) => {
      const world = await openWithPeople(12);
      const team = String((await world.scim("POST", "/Groups", groupBody("Crew", world.people))).body.id);
      await act(world, team);
      expect(await findHold(world.id)).toBeNull();
      const [loss] = await listLost(world.id);
      expect(loss).toMatchObject({ how, name: "Crew", people: 12 });
      await world.scim("DELETE", `/Users/${world.people[0]}`);
      await restorePeople(adminOf(world), [loss?.id ?? ""]);
      const { body } = await world.scim("GET", `/Groups/${team}`);
      expect(body.displayName).toBe("Crew");
      expect(body.members).toHaveLength(11);
      expect(await eventsOf(world, team)).toContain("team.restored");
    },
  );

  const pieces: [string, string, (world: World, team: string) => Promise<unknown>][] = [
    [
      "person by person",
      "team_emptied",
      async (world, team) => {
        for (const id of world.people) await world.scim("PATCH", `/Groups/${team}`, out(id));
      },
    ],
    [
      "in two parts",
      "team_emptied",
      async (world, team) => {
        await world.scim("PATCH", `/Groups/${team}`, out(...world.people.slice(0, 5)));
        await world.scim("PATCH", `/Groups/${team}`, out(...world.people.slice(5)));
      },
    ],
    [
      "by a PUT that leaves one, who goes next",
      "team_emptied",
      async (world, team) => {
        await world.scim("PUT", `/Groups/${team}`, groupBody("Crew", world.people.slice(0, 1)));
        await world.scim("PATCH", `/Groups/${team}`, out(world.people[0] ?? ""));
      },
    ],
    [
      "in part, then by its deletion",
      "team_deleted",
      async (world, team) => {
        await world.scim("PATCH", `/Groups/${team}`, out(...world.people.slice(0, 8)));
        await world.scim("DELETE", `/Groups/${team}`);
      },
    ],
  ];
  const out = (...ids: string[]) =>
    patchBody(...ids.map((id) => ({ op: "Remove", path: `members[value eq "${id}"]` })));

  test.each(pieces)(
    "C1 a team that is emptied within an hour %s is listed as one, and comes back",
    async (_, how, act) => {
      const world = await openWithPeople(12);
      const team = String((await world.scim("POST", "/Groups", groupBody("Crew", world.people))).body.id);
      await act(world, team);
      const lost = await listLost(world.id);
      expect(lost).toMatchObject([{ how, name: "Crew", people: 12 }]);
      await restorePeople(adminOf(world), [lost[0]?.id ?? ""]);
      expect((await world.scim("GET", `/Groups/${team}`)).body.members).toHaveLength(12);
    },
  );

  test("C1 a team of the app that a token empties person by person by REST is listed, too", async () => {
    const world = await openWithPeople(12);
    const team = await createTeamInApp(adminOf(world), "Crew");
    const rest = await openApi(world);
    for (const id of world.people) await rest("PUT", `/teams/${team}/members/${id}`);
    for (const id of world.people) await rest("DELETE", `/teams/${team}/members/${id}`);
    expect(await listLost(world.id)).toMatchObject([{ how: "team_emptied", people: 12 }]);
  });

  test("C1 a team of ten, or one that keeps somebody, is not listed; a name that was taken is refused", async () => {
    const world = await openWithPeople(12);
    const small = String((await world.scim("POST", "/Groups", groupBody("Small", world.people.slice(0, 10)))).body.id);
    await world.scim("DELETE", `/Groups/${small}`);
    const kept = String((await world.scim("POST", "/Groups", groupBody("Kept", world.people))).body.id);
    await world.scim("PUT", `/Groups/${kept}`, groupBody("Kept", world.people.slice(0, 1)));
    expect(await listLost(world.id)).toEqual([]);
    const gone = String((await world.scim("POST", "/Groups", groupBody("Gone", world.people))).body.id);
    await world.scim("DELETE", `/Groups/${gone}`);
    await world.scim("POST", "/Groups", groupBody("GONE"));
    const [loss] = await listLost(world.id);
    const { refused } = await restorePeople(adminOf(world), [loss?.id ?? ""]);
    expect(refused).toMatchObject([{ detail: expect.stringContaining("is now used by another team") }]);
  });

  test("C1 nothing of it is another workspace's to restore, and after thirty days it is nobody's", async () => {
    const [world, other] = [await openWithPeople(2), await openWorkspace("other")];
    await move(world, 0);
    await move(world, 1);
    const [first, second] = await listLost(world.id);
    expect((await restorePeople(adminOf(other), [first?.id ?? ""])).refused).toHaveLength(1);
    await run(sql`UPDATE "AccessLoss" SET at = at - interval '31 days' WHERE "workspaceId" = ${world.id}`);
    expect(await listLost(world.id)).toEqual([]);
    expect((await restorePeople(adminOf(world), [second?.id ?? ""])).refused).toMatchObject([
      { detail: expect.stringContaining("30 days") },
    ]);
  });
});

describe("C1 an identity provider says more of somebody whose change is held", () => {
  /** Fourteen people, of whom ten are suspended: whatever takes more is held. */
  async function openFull(more: Record<string, unknown> = {}) {
    const world = await openWithPeople(14, more);
    const team = String((await world.scim("POST", "/Groups", groupBody("Admins", world.people))).body.id);
    await setTeamRole(adminOf(world), team, "admin");
    for (const at of times(10)) await off(world, at);
    return { world, team, last: world.people[12] ?? "" };
  }
  const approve = async (world: World) => approveHold(adminOf(world), (await findHold(world.id))?.id ?? "");
  const member = (op: "add" | "remove", id: string) =>
    patchBody(
      op === "add" ? { op, path: "members", value: [{ value: id }] } : { op, path: `members[value eq "${id}"]` },
    );

  test("C1 a suspension stays held when a move of the same person is held after it", async () => {
    const { world, last } = await openFull();
    await off(world, 12);
    await move(world, 12);
    await approve(world);
    expect(await rowOf(world, last)).toMatchObject({ state: "suspended" });
  });

  test("C1 a DELETE stays held when a suspension is held after it", async () => {
    const { world, last } = await openFull();
    await world.scim("DELETE", `/Users/${last}`);
    await off(world, 12);
    await approve(world);
    expect(await rowOf(world, last)).toMatchObject({ state: "ended" });
  });

  test("C1 a DELETE takes the place of a held suspension", async () => {
    const { world, last } = await openFull();
    await off(world, 12);
    await world.scim("DELETE", `/Users/${last}`);
    await approve(world);
    expect(await rowOf(world, last)).toMatchObject({ state: "ended" });
  });

  test("C1 a move that is taken back is not made by Approve", async () => {
    const { world, last } = await openFull();
    const { userName, address } = await rowOf(world, last);
    expect(await move(world, 12)).toMatchObject({ status: 429 });
    expect(await world.scim("PATCH", `/Users/${last}`, setTo("userName", userName))).toMatchObject({ status: 200 });
    expect((await findHold(world.id))?.people).toEqual([]);
    await approve(world);
    expect(await rowOf(world, last)).toMatchObject({ address });
  });

  test("C1 a role that is given again is not withdrawn by Approve", async () => {
    const { world, team, last } = await openFull(admins);
    await setTeamRole(adminOf(world), team, null);
    expect(await demote(world, 12)).toMatchObject({ status: 429 });
    const again = await world.scim("PATCH", `/Users/${last}`, setTo("roles", admins.roles));
    expect(again).toMatchObject({ status: 200 });
    await approve(world);
    expect(await rowOf(world, last)).toMatchObject({ role: "admin" });
  });

  test("C1 who is put back into a team is not taken out by Approve; the others are", async () => {
    const { world, team, last } = await openFull();
    const other = world.people[13] ?? "";
    for (const id of [last, other])
      expect(await world.scim("PATCH", `/Groups/${team}`, member("remove", id))).toMatchObject({ status: 429 });
    await world.scim("PATCH", `/Groups/${team}`, member("add", last));
    await approve(world);
    expect(await rowOf(world, last)).toMatchObject({ role: "admin" });
    expect(await rowOf(world, other)).toMatchObject({ role: "member" });
  });

  test("C1 the same by REST", async () => {
    const { world, team: managed } = await openFull();
    await setTeamRole(adminOf(world), managed, null);
    const team = await createTeamInApp(adminOf(world), "Owners");
    const rest = await openApi(world);
    const left = world.people.slice(12);
    for (const id of left) await rest("PUT", `/teams/${team}/members/${id}`);
    await setTeamRole(adminOf(world), team, "admin");
    for (const id of left) expect((await rest("DELETE", `/teams/${team}/members/${id}`)).status).toBe(429);
    expect((await rest("PUT", `/teams/${team}/members/${left[0]}`)).status).toBe(204);
    await approve(world);
    expect(await rowOf(world, left[0] ?? "")).toMatchObject({ role: "admin" });
    expect(await rowOf(world, left[1] ?? "")).toMatchObject({ role: "member" });
  });

  test("C1 a deletion of a team that is taken back by a change of it is not made by Approve", async () => {
    const { world, team, last } = await openFull();
    expect(await world.scim("DELETE", `/Groups/${team}`)).toMatchObject({ status: 429 });
    await world.scim("PATCH", `/Groups/${team}`, member("add", last));
    await approve(world);
    expect(await world.scim("GET", `/Groups/${team}`)).toMatchObject({ status: 200 });
  });
});

/** What a retention of the audit log will do one day. */
async function forgetAudit({ id }: TestWorkspace): Promise<void> {
  await run(sql`ALTER TABLE "AuditEvent" DISABLE TRIGGER USER`);
  await run(sql`DELETE FROM "AuditEvent" WHERE "workspaceId" = ${id}`);
  await run(sql`ALTER TABLE "AuditEvent" ENABLE TRIGGER USER`);
}

describe("D6 what pages say does not rest on the audit log", () => {
  test("D6 without it, lost people name who did it, and kept admins are still named", async () => {
    const world = await openWithPeople(1);
    await run(sql`
      UPDATE "Membership" SET role = CASE WHEN id = ${world.people[0]} THEN 'admin'::"Role" ELSE 'member' END WHERE "workspaceId" = ${world.id}`);
    const team = String((await world.scim("POST", "/Groups", groupBody("Crew", [world.people[0] ?? ""]))).body.id);
    await setTeamRole(adminOf(world), team, "member");
    const lin = await addPerson(world, `lin@${world.domain}`);
    await world.scim("PATCH", `/Users/${lin}`, suspend);
    const shown = async () => ({ lost: await listLost(world.id), kept: await listKeptAdmins(world.id) });
    const before = await shown();
    expect(before.lost).toMatchObject([{ id: lin, by: "IdP" }]);
    expect(before.kept).toMatchObject([{ id: world.people[0] }]);
    await forgetAudit(world);
    expect(await shown()).toEqual(before);
  });

  test("D6 without it, the expiry of a token is still recorded once", async () => {
    const world = await openWorkspace("kinds");
    await run(
      sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '1 minute' WHERE "workspaceId" = ${world.id}`,
    );
    const recorded = () =>
      eventsOf(world, world.token.id).then((all) => all.filter((action) => action === "access_token.expired"));
    await announceTokenExpiry();
    expect(await recorded()).toHaveLength(1);
    await forgetAudit(world);
    await announceTokenExpiry();
    expect(await recorded()).toEqual([]);
  });
});
