import { describe, expect, test } from "vitest";
import { all, one, run, sql } from "@/lib/db";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { approveHold, liftHold, stopHold } from "@/lib/workspace/restore/hold";
import { listLost } from "@/lib/workspace/restore/lost";
import { restorePeople } from "@/lib/workspace/restore/restore";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import { findHold } from "./decide";

// The mass-change hold (T08, D-53, D-54, D-55) and restoring people (D-56).

const suspend = patchBody({ op: "Replace", path: "active", value: "False" });
const reactivate = patchBody({ op: "Replace", path: "active", value: "True" });

/** A workspace with people who have had access for more than a day; the ids in the order of their names. */
async function openWithPeople(count: number): Promise<TestWorkspace & { people: string[] }> {
  const workspace = await openWorkspace("hold");
  const made = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      workspace.scim("POST", "/Users", userBody(`p${String(at).padStart(3, "0")}@${workspace.domain}`)),
    ),
  );
  await backDate(workspace);
  return { ...workspace, people: made.map(({ body }) => String(body.id)) };
}

const backDate = ({ id }: TestWorkspace) =>
  run(sql`UPDATE "Membership" SET "activeSince" = "activeSince" - interval '2 days' WHERE "workspaceId" = ${id}`);

async function countOf({ id }: TestWorkspace, state: string): Promise<number> {
  const row = await one<{ count: number }>(
    sql`SELECT count(*) AS count FROM "Membership" WHERE "workspaceId" = ${id} AND state = ${state}`,
  );
  return row?.count ?? 0;
}

const mailsAbout = ({ id }: TestWorkspace) =>
  all<{ to: string }>(sql`SELECT "to" FROM "Mail" WHERE "workspaceId" = ${id} AND kind = 'hold_opened'`);

const statusOf = async (workspace: TestWorkspace, id: string | undefined) =>
  (await workspace.scim("PATCH", `/Users/${id}`, suspend)).status;

describe("T08 a mass change is held", () => {
  test("T08 21 of 100 within minutes: the 21st is 429, nothing of it is written, one mail to each admin, one banner", async () => {
    const workspace = await openWithPeople(100);
    for (const id of workspace.people.slice(0, 20)) expect(await statusOf(workspace, id)).toBe(200);
    const held = await workspace.scim("PATCH", `/Users/${workspace.people[20]}`, suspend);
    expect(held.status).toBe(429);
    expect(held.headers.get("retry-after")).toBe("900");
    expect(held.body).not.toHaveProperty("scimType");
    expect(held.body.detail).toContain("Provisioning");
    expect((await workspace.scim("DELETE", `/Users/${workspace.people[21]}`)).status).toBe(429);
    expect(await statusOf(workspace, workspace.people[20]), "the retry").toBe(429);
    expect(await countOf(workspace, "suspended")).toBe(20);
    expect(await countOf(workspace, "ended")).toBe(0);
    expect(await mailsAbout(workspace)).toHaveLength(1);
    const hold = await findHold(workspace.id);
    expect(hold).toMatchObject({ state: "open", counted: 20, allowed: 20, total: 2 });
    expect(hold?.people.map(({ action }) => action)).toEqual(["suspend", "end"]);
  });

  test("T08 other requests are untouched while it is open", async () => {
    const workspace = await openWithPeople(12);
    for (const id of workspace.people.slice(0, 10)) expect(await statusOf(workspace, id)).toBe(200);
    expect(await statusOf(workspace, workspace.people[10])).toBe(429);
    const [, , , , , , , , , , tenth] = workspace.people;
    const rename = patchBody({ op: "Replace", path: "name.givenName", value: "Lin" });
    expect((await workspace.scim("PATCH", `/Users/${tenth}`, rename)).status).toBe(200);
    expect((await workspace.scim("POST", "/Users", userBody(`new@${workspace.domain}`))).status).toBe(201);
    expect((await workspace.scim("PATCH", `/Users/${workspace.people[0]}`, reactivate)).status).toBe(200);
  });

  test("T08 ten are always allowed; people of less than a day, invites and what an admin does are not counted", async () => {
    const workspace = await openWithPeople(10);
    const fresh = await Promise.all(
      Array.from({ length: 5 }, (_, at) => workspace.scim("POST", "/Users", userBody(`f${at}@${workspace.domain}`))),
    );
    const invited = await workspace.scim("POST", "/Users", userBody(`x${workspace.slug}@else.test`));
    for (const { body } of [...fresh, invited]) expect(await statusOf(workspace, String(body.id))).toBe(200);
    for (const id of workspace.people) expect(await statusOf(workspace, id)).toBe(200);
    expect(await findHold(workspace.id)).toBeNull();
  });

  test("T08 it is a rolling hour: what was longer ago counts no more", async () => {
    const workspace = await openWithPeople(12);
    for (const id of workspace.people.slice(0, 10)) expect(await statusOf(workspace, id)).toBe(200);
    await run(sql`UPDATE "SeatChange" SET at = at - interval '61 minutes' WHERE "workspaceId" = ${workspace.id}`);
    expect(await statusOf(workspace, workspace.people[10])).toBe(200);
  });

  test("T08 two tokens at once do not pass the limit together", async () => {
    const workspace = await openWithPeople(30);
    const answers = await Promise.all(workspace.people.map((id) => statusOf(workspace, id)));
    expect(answers.filter((status) => status === 200)).toHaveLength(10);
    expect(answers.filter((status) => status === 429)).toHaveLength(20);
    expect(await countOf(workspace, "suspended")).toBe(10);
    expect(await mailsAbout(workspace)).toHaveLength(1);
    expect((await findHold(workspace.id))?.total).toBe(20);
  });

  test("T08 in a Bulk each operation is held by itself", async () => {
    const workspace = await openWithPeople(12);
    const Operations = workspace.people.map((id) => ({ method: "DELETE", path: `/Users/${id}` }));
    const { body } = await workspace.scim("POST", "/Bulk", {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
      Operations,
    });
    const statuses = (body.Operations as { status: string }[]).map(({ status }) => status);
    expect(statuses.filter((status) => status === "204")).toHaveLength(10);
    expect(statuses.filter((status) => status === "429")).toHaveLength(2);
  });

  test("T08 switched off, nothing is held", async () => {
    const workspace = await openWithPeople(12);
    await updateSettings(workspace.operator, { massChangeHold: false });
    for (const id of workspace.people) expect(await statusOf(workspace, id)).toBe(200);
  });
});

async function openHeld() {
  const workspace = await openWithPeople(14);
  for (const id of workspace.people.slice(0, 10)) await statusOf(workspace, id);
  for (const id of workspace.people.slice(10, 12)) await statusOf(workspace, id);
  await workspace.scim("DELETE", `/Users/${workspace.people[12]}`);
  const hold = await findHold(workspace.id);
  if (!hold) throw new Error("nothing was held");
  return { ...workspace, hold };
}

describe("what an admin decides", () => {
  test("T08 Approve does what was held at once, so that retries find it done, and lifts the hold for a day", async () => {
    const workspace = await openHeld();
    expect(await approveHold(workspace.operator, workspace.hold.id)).toEqual({ applied: 3, skipped: 0 });
    expect(await countOf(workspace, "suspended")).toBe(12);
    expect(await statusOf(workspace, workspace.people[10]), "a no-op").toBe(200);
    expect((await workspace.scim("DELETE", `/Users/${workspace.people[12]}`)).status, "gone already").toBe(404);
    expect(await statusOf(workspace, workspace.people[13]), "lifted").toBe(200);
    expect(await findHold(workspace.id)).toBeNull();
  });

  test("T08 whom an approval took access from is listed as lost, and comes back", async () => {
    const workspace = await openHeld();
    const held = workspace.people.slice(10, 13);
    await approveHold(workspace.operator, workspace.hold.id);
    const lost = await listLost(workspace.id);
    expect(lost.map(({ id }) => id)).toEqual(expect.arrayContaining(held));
    expect(lost.filter(({ how }) => how === "ended")).toHaveLength(1);
    expect(await restorePeople(workspace.operator, held)).toEqual({ restored: 3, refused: [] });
    expect((await listLost(workspace.id)).map(({ id }) => id)).not.toEqual(expect.arrayContaining(held));
  });

  test("T08 Stop drops the list and goes on refusing until it is lifted", async () => {
    const workspace = await openHeld();
    await stopHold(workspace.operator, workspace.hold.id);
    expect(await findHold(workspace.id)).toMatchObject({ state: "stopped", total: 0 });
    await run(sql`UPDATE "SeatChange" SET at = at - interval '2 hours' WHERE "workspaceId" = ${workspace.id}`);
    expect(await statusOf(workspace, workspace.people[10])).toBe(429);
    expect((await findHold(workspace.id))?.total, "nothing is kept").toBe(0);
    await liftHold(workspace.operator, workspace.hold.id);
    expect(await statusOf(workspace, workspace.people[10])).toBe(200);
  });

  test("T08 two admins who decide at once: one does, the other is told", async () => {
    const workspace = await openHeld();
    const both = await Promise.allSettled([
      approveHold(workspace.operator, workspace.hold.id),
      stopHold(workspace.operator, workspace.hold.id),
    ]);
    const refused = both.filter((outcome) => outcome.status === "rejected");
    expect(refused.map(({ reason }) => reason.reason)).toEqual(["hold_decided"]);
  });

  test("T08 somebody whom the identity provider wants again is not suspended by an approval", async () => {
    const workspace = await openHeld();
    expect((await workspace.scim("PATCH", `/Users/${workspace.people[10]}`, reactivate)).status).toBe(200);
    await approveHold(workspace.operator, workspace.hold.id);
    const row = await one(
      sql`SELECT state FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND id = ${workspace.people[10] ?? ""}`,
    );
    expect(row).toEqual({ state: "active" });
  });

  test("T08, T09 an approval never takes the last admin", async () => {
    const workspace = await openHeld();
    await run(
      sql`UPDATE "Membership" SET role = CASE WHEN id = ${workspace.people[10] ?? ""} THEN 'admin'::"Role" ELSE 'member' END WHERE "workspaceId" = ${workspace.id}`,
    );
    expect(await approveHold(workspace.operator, workspace.hold.id)).toEqual({ applied: 2, skipped: 1 });
  });

  test("T08 each decision is audited once, with who took it", async () => {
    const workspace = await openHeld();
    await stopHold(workspace.operator, workspace.hold.id);
    await liftHold(workspace.operator, workspace.hold.id);
    const events = await all<{ action: string; actorName: string }>(
      sql`SELECT action, "actorName" FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND action LIKE 'hold.%' ORDER BY id`,
    );
    expect(events).toEqual([
      { action: "hold.opened", actorName: "IdP" },
      { action: "hold.stopped", actorName: "Test" },
      { action: "hold.lifted", actorName: "Test" },
    ]);
  });
});

describe("restore", () => {
  const team = (members: string[]) => ({
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
    displayName: "Crew",
    members: members.map((value) => ({ value })),
  });

  test("T08 brings back role and teams, the ended ones under their old id", async () => {
    const workspace = await openWithPeople(3);
    const [first = "", second = "", third = ""] = workspace.people;
    await run(sql`UPDATE "Membership" SET role = 'admin' WHERE "workspaceId" = ${workspace.id} AND id = ${second}`);
    const crew = await workspace.scim("POST", "/Groups", team([first, second]));
    await statusOf(workspace, first);
    await workspace.scim("DELETE", `/Users/${second}`);
    const lost = await listLost(workspace.id);
    expect(lost.map(({ id, how, by }) => ({ id, how, by }))).toEqual([
      { id: second, how: "ended", by: "IdP" },
      { id: first, how: "suspended", by: "IdP" },
    ]);
    const restored = await restorePeople(
      workspace.operator,
      lost.map(({ id }) => id),
    );
    expect(restored).toEqual({ restored: 2, refused: [] });
    const { body } = await workspace.scim("GET", `/Groups/${crew.body.id}`);
    expect((body.members as { value: string }[]).map(({ value }) => value).sort()).toEqual([first, second].sort());
    expect((await workspace.scim("GET", `/Users/${second}`)).body).toMatchObject({ id: second, active: true });
    const row = await one(
      sql`SELECT role, state, "connectionId" FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND id = ${second}`,
    );
    expect(row).toEqual({ role: "admin", state: "active", connectionId: null });
    expect(await listLost(workspace.id)).toEqual([]);
    expect((await workspace.scim("GET", `/Users/${third}`)).body.active).toBe(true);
  });

  test("T08 is refused while the userName is taken, and for nobody else", async () => {
    const workspace = await openWithPeople(2);
    const [first = "", second = ""] = workspace.people;
    for (const id of [first, second]) await workspace.scim("DELETE", `/Users/${id}`);
    await workspace.scim("POST", "/Users", userBody(`p000@${workspace.domain}`));
    const { restored, refused } = await restorePeople(workspace.operator, [first, second]);
    expect(restored).toBe(1);
    expect(refused).toMatchObject([{ id: first, detail: expect.stringContaining("is now used by somebody else") }]);
  });

  test("T08 an account that somebody else has by now is found anew, not shared", async () => {
    const workspace = await openWithPeople(1);
    const [first = ""] = workspace.people;
    const address = `p000@${workspace.domain}`;
    await workspace.scim("DELETE", `/Users/${first}`);
    const other = await workspace.scim(
      "POST",
      "/Users",
      userBody("lin", { emails: [{ value: address, type: "work" }] }),
    );
    expect(await restorePeople(workspace.operator, [first])).toMatchObject({ restored: 1 });
    const rows = await all<{ id: string; state: string; userId: string | null }>(
      sql`SELECT id, state, "userId" FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND id = ANY(${[first, String(other.body.id)]}::uuid[]) ORDER BY id`,
    );
    expect(rows).toMatchObject([
      { id: first, state: "invited", userId: null },
      { id: other.body.id, state: "active" },
    ]);
  });

  test("T08 after thirty days nobody is offered nor brought back", async () => {
    const workspace = await openWithPeople(1);
    const [first = ""] = workspace.people;
    await workspace.scim("DELETE", `/Users/${first}`);
    await run(
      sql`UPDATE "Membership" SET "endedAt" = "endedAt" - interval '31 days' WHERE "workspaceId" = ${workspace.id} AND id = ${first}`,
    );
    await run(sql`UPDATE "SeatChange" SET at = at - interval '31 days' WHERE "workspaceId" = ${workspace.id}`);
    expect(await listLost(workspace.id)).toEqual([]);
    const { refused } = await restorePeople(workspace.operator, [first]);
    expect(refused).toHaveLength(1);
  });

  test("T08 each takes a seat; without one they stay as they are", async () => {
    const workspace = await openWithPeople(2);
    for (const id of workspace.people) await workspace.scim("DELETE", `/Users/${id}`);
    await run(sql`UPDATE "Workspace" SET "seatLimit" = 2 WHERE id = ${workspace.id}`);
    const { restored, refused } = await restorePeople(workspace.operator, workspace.people);
    expect({ restored, refused: refused.length }).toEqual({ restored: 1, refused: 1 });
    expect(await countOf(workspace, "ended")).toBe(1);
  });
});
