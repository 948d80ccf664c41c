import { describe, expect, test } from "vitest";
import { all, one, run, sql } from "@/lib/db";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { setSeatLimit, updateSettings } from "@/lib/workspace/workspaces/settings";
import { decideSeat } from "./rules";
import { listSeatChanges } from "./seats";

// Seats (D-46).

const suspend = patchBody({ op: "Replace", path: "active", value: "False" });
const reactivate = patchBody({ op: "Replace", path: "active", value: "True" });

async function seatsOf({ id }: TestWorkspace): Promise<{ limit: number | null; used: number; counted: number } | null> {
  return one(sql`
    SELECT "seatLimit" AS limit, "seatsUsed" AS used,
      (SELECT count(*) FROM "Membership" m WHERE m."workspaceId" = w.id AND m.state IN ('invited', 'active')) AS counted
    FROM "Workspace" w WHERE id = ${id}`);
}

const mailsOf = ({ id }: TestWorkspace, kind: string) =>
  all<{ data: Record<string, string> }>(
    sql`SELECT data FROM "Mail" WHERE "workspaceId" = ${id} AND kind = ${kind} ORDER BY id`,
  );

const post = (workspace: TestWorkspace, name: string) =>
  workspace.scim("POST", "/Users", userBody(`${name}@${workspace.domain}`));

test.each([
  [{ seatLimit: null, automaticSeatAssignment: false, seatMonthlyCap: null }, 9, 0, "free"],
  [{ seatLimit: 2, automaticSeatAssignment: false, seatMonthlyCap: null }, 1, 0, "free"],
  [{ seatLimit: 2, automaticSeatAssignment: false, seatMonthlyCap: null }, 2, 0, "none"],
  [{ seatLimit: 2, automaticSeatAssignment: true, seatMonthlyCap: null }, 2, 900, "raise"],
  [{ seatLimit: 2, automaticSeatAssignment: true, seatMonthlyCap: 3 }, 2, 2, "raise"],
  [{ seatLimit: 2, automaticSeatAssignment: true, seatMonthlyCap: 3 }, 2, 3, "capped"],
  [{ seatLimit: 2, automaticSeatAssignment: true, seatMonthlyCap: 0 }, 2, 0, "capped"],
  [{ seatLimit: 5, automaticSeatAssignment: true, seatMonthlyCap: 0 }, 2, 0, "free"],
] as const)("%j with %i used and %i added: %s", (workspace, used, added, decision) => {
  expect(decideSeat(workspace, used, added)).toBe(decision);
});

describe("seats are exact", () => {
  test("I1 n seats and 2n creates at once: n succeed, the rest are 403, and nothing of them is written", async () => {
    const workspace = await openWorkspace("seat");
    await setSeatLimit(workspace.operator, 11);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => post(workspace, `p${at}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(10);
    expect(await seatsOf(workspace)).toEqual({ limit: 11, used: 11, counted: 11 });
    const mails = await all(sql`SELECT 1 FROM "Mail" WHERE "workspaceId" = ${workspace.id} AND kind = 'added'`);
    expect(mails).toHaveLength(10);
  });

  test("I1 invites count, suspension frees, and a change of the limit while people come never lets it fall below use", async () => {
    const workspace = await openWorkspace("seat");
    await setSeatLimit(workspace.operator, 6);
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 6 }, (_, at) =>
        workspace.scim("POST", "/Users", userBody(`g${at}${workspace.slug}@else.test`)),
      ),
      setSeatLimit(workspace.operator, 3),
    ]);
    const seats = await seatsOf(workspace);
    expect(seats?.used).toBe(seats?.counted);
    expect(seats?.used).toBeLessThanOrEqual(seats?.limit ?? 0);
    expect(outcomes.at(-1)?.status === "fulfilled" ? 3 : 6).toBe(seats?.limit);
  });

  test("I1 one person suspended and brought back by many at once holds one seat or none", async () => {
    const workspace = await openWorkspace("seat");
    await setSeatLimit(workspace.operator, 2);
    const { body } = await post(workspace, "lin");
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        workspace.scim("PATCH", `/Users/${body.id}`, at % 2 === 0 ? suspend : reactivate),
      ),
    );
    const seats = await seatsOf(workspace);
    expect(seats?.used).toBe(seats?.counted);
    const sum = await one<{ sum: number }>(
      sql`SELECT sum(change)::int AS sum FROM "SeatChange" WHERE "workspaceId" = ${workspace.id}`,
    );
    expect(sum?.sum, "the history adds up").toBe(seats?.used);
  });
});

describe("automatic seat assignment", () => {
  test("adds one where none is free, tells the host's billing and the admins, each once", async () => {
    const workspace = await openWorkspace("seat");
    await setSeatLimit(workspace.operator, 1);
    await updateSettings(workspace.operator, { automaticSeatAssignment: true });
    await Promise.all([post(workspace, "a"), post(workspace, "b"), post(workspace, "c")]);
    expect(await seatsOf(workspace)).toEqual({ limit: 4, used: 4, counted: 4 });
    const events = await all<{ after: { seatLimit: number } }>(
      sql`SELECT after FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND action = 'seat.added' ORDER BY id`,
    );
    expect(events.map(({ after }) => after.seatLimit)).toEqual([2, 3, 4]);
    expect((await mailsOf(workspace, "seat_added")).map(({ data }) => data.limit)).toEqual(["2", "3", "4"]);
  });

  test("stops at its monthly cap with a detail that names it, exactly, and goes on next month", async () => {
    const workspace = await openWorkspace("seat");
    await setSeatLimit(workspace.operator, 1);
    await updateSettings(workspace.operator, { automaticSeatAssignment: true, seatMonthlyCap: 2 });
    const answers = await Promise.all(Array.from({ length: 6 }, (_, at) => post(workspace, `p${at}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    const refused = answers.find(({ status }) => status === 403);
    expect(refused?.body.detail).toContain("the 2 that it may add in a month");
    expect(await seatsOf(workspace)).toEqual({ limit: 3, used: 3, counted: 3 });
    await run(sql`UPDATE "SeatChange" SET at = at - interval '32 days' WHERE "workspaceId" = ${workspace.id}`);
    expect((await post(workspace, "next")).status).toBe(201);
  });
});

describe("admins are told how full it is", () => {
  test("at 80 and at 100 per cent, each once for a limit", async () => {
    const workspace = await openWorkspace("seat");
    await setSeatLimit(workspace.operator, 5);
    const people = [];
    for (const name of ["a", "b", "c", "d"]) people.push(await post(workspace, name));
    expect((await mailsOf(workspace, "seats_used")).map(({ data }) => data.percent)).toEqual(["80", "100"]);
    await workspace.scim("PATCH", `/Users/${people[3]?.body.id}`, suspend);
    await workspace.scim("PATCH", `/Users/${people[3]?.body.id}`, reactivate);
    expect(await mailsOf(workspace, "seats_used"), "not again").toHaveLength(2);
    await setSeatLimit(workspace.operator, 6);
    await post(workspace, "e");
    expect((await mailsOf(workspace, "seats_used")).map(({ data }) => `${data.percent} of ${data.limit}`)).toEqual([
      "80 of 5",
      "100 of 5",
      "100 of 6",
    ]);
  });

  test("where seats are added by themselves, each is told of once, and not as a full house as well", async () => {
    const workspace = await openWorkspace("seat");
    await setSeatLimit(workspace.operator, 1);
    await updateSettings(workspace.operator, { automaticSeatAssignment: true });
    for (const name of ["a", "b", "c"]) await post(workspace, name);
    expect(await mailsOf(workspace, "seat_added")).toHaveLength(3);
    expect(await mailsOf(workspace, "seats_used")).toEqual([]);
  });

  test("without a limit nobody is told anything", async () => {
    const workspace = await openWorkspace("seat");
    for (const name of ["a", "b", "c"]) await post(workspace, name);
    expect(await mailsOf(workspace, "seats_used")).toEqual([]);
  });
});

test("the history says who took and freed a seat, by whom, newest first, page by page", async () => {
  const workspace = await openWorkspace("seat");
  const { body } = await post(workspace, "lin");
  await workspace.scim("PATCH", `/Users/${body.id}`, suspend);
  await workspace.scim("PATCH", `/Users/${body.id}`, reactivate);
  const first = await listSeatChanges(workspace.id, { limit: 2 });
  expect(first.changes.map(({ change, who, by }) => ({ change, who, by }))).toEqual([
    { change: 1, who: `lin@${workspace.domain}`, by: "token" },
    { change: -1, who: `lin@${workspace.domain}`, by: "token" },
  ]);
  const rest = await listSeatChanges(workspace.id, { cursor: first.nextCursor ?? "" });
  expect(rest.changes.map(({ by }) => by)).toEqual(["token", "operator"]);
  expect(rest.nextCursor).toBeNull();
});
