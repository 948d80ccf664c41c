import { describe, expect, test } from "vitest";
import { run, sql } from "@/lib/db";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  allMails,
  groupBody,
  guestOf,
  openWorkspace,
  patchBody,
  reactivate,
  rowOf,
  seatsOf,
  storedOf,
  suspend,
  userBody,
} from "@/lib/provisioning/testing/decisions";
import { findHold } from "@/lib/workspace/holds/decide";
import { approveHold } from "@/lib/workspace/restore/hold";
import { listLost } from "@/lib/workspace/restore/lost";
import { restorePeople } from "@/lib/workspace/restore/restore";
import { setSeatLimit } from "@/lib/workspace/workspaces/settings";

// What D-53 to D-56 say of the mass-change hold and D-46 of seats, and no other test covers.

describe("mass-change hold and restore", () => {
  async function openSettled(count: number) {
    const workspace = await openWorkspace("mass");
    const people: string[] = [];
    for (let at = 0; at < count; at++)
      people.push(await addPerson(workspace, `p${String(at).padStart(2, "0")}@${workspace.domain}`));
    await run(
      sql`UPDATE "Membership" SET "activeSince" = "activeSince" - interval '2 days' WHERE "workspaceId" = ${workspace.id}`,
    );
    return { workspace, people };
  }

  test("T08 nothing of a held request is written, by PUT, PATCH, DELETE and by POST of a known person", async () => {
    const { workspace, people } = await openSettled(13);
    const known = await addUnmanaged(workspace, `known@${workspace.domain}`);
    await run(
      sql`UPDATE "Membership" SET "activeSince" = now() - interval '2 days' WHERE "workspaceId" = ${workspace.id}`,
    );
    for (const id of people.slice(0, 10))
      expect((await workspace.scim("PATCH", `/Users/${id}`, suspend)).status).toBe(200);
    const rest = [...people.slice(10), known];
    const before = await Promise.all(rest.map((id) => storedOf(workspace, id)));
    const both = [
      { op: "replace", path: "title", value: "T" },
      { op: "replace", path: "active", value: false },
    ];
    const answers = [
      await workspace.scim("PUT", `/Users/${people[10]}`, userBody("renamed", { active: false, title: "T" })),
      await workspace.scim("PATCH", `/Users/${people[11]}`, patchBody(...both)),
      await workspace.scim("DELETE", `/Users/${people[12]}`),
      await workspace.scim("POST", "/Users", userBody(`known@${workspace.domain}`, { active: false })),
    ];
    for (const { status, headers, body } of answers) {
      expect(status).toBe(429);
      expect(headers.get("retry-after")).toBe("900");
      expect(body).not.toHaveProperty("scimType");
    }
    expect(await Promise.all(rest.map((id) => storedOf(workspace, id)))).toEqual(before);
    expect((await findHold(workspace.id))?.people.map(({ id, action }) => [id, action])).toEqual(
      rest.map((id, at) => [id, at === 2 ? "end" : "suspend"]),
    );
  });

  test("T08 somebody whom a later POST wants to have access is not suspended by an approval", async () => {
    const { workspace, people } = await openSettled(11);
    const known = await addUnmanaged(workspace, `known@${workspace.domain}`);
    await run(
      sql`UPDATE "Membership" SET "activeSince" = now() - interval '2 days' WHERE "workspaceId" = ${workspace.id}`,
    );
    for (const id of people.slice(0, 10)) await workspace.scim("PATCH", `/Users/${id}`, suspend);
    const post = (active: boolean) =>
      workspace.scim("POST", "/Users", userBody(`known@${workspace.domain}`, { active }));
    expect((await post(false)).status).toBe(429);
    expect((await post(true)).status).toBe(201);
    const hold = await findHold(workspace.id);
    expect(hold?.people).toEqual([]);
    await approveHold(adminOf(workspace), hold?.id ?? "");
    expect(await rowOf(workspace, known)).toMatchObject({ state: "active" });
  });

  test("T08 a day after an approval changes are held again", async () => {
    const { workspace, people } = await openSettled(24);
    const off = async (id: string | undefined) => (await workspace.scim("PATCH", `/Users/${id}`, suspend)).status;
    for (const id of people.slice(0, 11)) await off(id);
    await approveHold(adminOf(workspace), (await findHold(workspace.id))?.id ?? "");
    expect(await off(people[11])).toBe(200);
    await run(sql`UPDATE "Workspace" SET "holdLiftedUntil" = now() - interval '1 second' WHERE id = ${workspace.id}`);
    const statuses: number[] = [];
    for (const id of people.slice(12)) statuses.push(await off(id));
    expect(statuses).toContain(429);
  });

  test("T08 restore reaches 30 days back, keeps id, role and teams, and leaves the person to whoever adopts them", async () => {
    const { workspace, people } = await openSettled(2);
    const [first = "", second = ""] = people;
    const crew = String((await workspace.scim("POST", "/Groups", groupBody("Crew", [first]))).body.id);
    await workspace.scim("DELETE", `/Users/${first}`);
    await workspace.scim("PATCH", `/Users/${second}`, suspend);
    await run(
      sql`UPDATE "Membership" SET "endedAt" = "endedAt" - interval '29 days', "suspendedAt" = "suspendedAt" - interval '29 days' WHERE "workspaceId" = ${workspace.id}`,
    );
    await run(sql`UPDATE "SeatChange" SET at = at - interval '29 days' WHERE "workspaceId" = ${workspace.id}`);
    expect((await listLost(workspace.id)).map(({ id }) => id).sort()).toEqual([first, second].sort());
    expect(await restorePeople(adminOf(workspace), [first, second])).toEqual({ restored: 2, refused: [] });
    expect((await workspace.scim("GET", `/Users/${first}`)).body).toMatchObject({
      id: first,
      active: true,
      groups: [{ value: crew }],
    });
    const adopted = await workspace.scim("POST", "/Users", userBody(`p00@${workspace.domain}`));
    expect(adopted, "the IdP finds who was ended under the old id").toMatchObject({ status: 201, body: { id: first } });
  });

  test("T08 a restore is refused while the userName is taken, and the old person stays ended", async () => {
    const { workspace, people } = await openSettled(1);
    const [first = ""] = people;
    await workspace.scim("DELETE", `/Users/${first}`);
    const heir = await addPerson(workspace, `P00@${workspace.domain}`);
    const before = await storedOf(workspace, first);
    const { refused } = await restorePeople(adminOf(workspace), [first]);
    expect(refused).toMatchObject([{ id: first }]);
    expect(await storedOf(workspace, first)).toEqual(before);
    await workspace.scim("DELETE", `/Users/${heir}`);
    expect(await restorePeople(adminOf(workspace), [first])).toMatchObject({ restored: 1 });
  });
});

describe("seats", () => {
  test("used are the invited, waiting and active; never above the limit, by POST, reactivation or adoption; each refusal writes nothing", async () => {
    const workspace = await openWorkspace("seats");
    await addPerson(workspace, guestOf(workspace));
    await addPerson(workspace, "waits");
    const off = await addPerson(workspace, `off@${workspace.domain}`, { active: false });
    expect(await seatsOf(workspace)).toBe(3);
    await expect(setSeatLimit(workspace.operator, 2)).rejects.toMatchObject({ reason: "seat_limit_below_use" });
    await setSeatLimit(workspace.operator, 3);
    const mails = await allMails(workspace);
    const refused = [
      await workspace.scim("POST", "/Users", userBody(`new@${workspace.domain}`)),
      await workspace.scim("POST", "/Users", userBody(guestOf(workspace))),
      await workspace.scim("POST", "/Users", userBody("waits too")),
      await workspace.scim("PATCH", `/Users/${off}`, reactivate),
      await workspace.scim("PUT", `/Users/${off}`, userBody(`off@${workspace.domain}`, { active: true })),
    ];
    for (const { status, body } of refused) {
      expect(status).toBe(403);
      expect(body.detail).toContain("Automatic seat assignment");
      expect(body).not.toHaveProperty("scimType");
    }
    expect(await seatsOf(workspace)).toBe(3);
    expect(await allMails(workspace)).toEqual(mails);
    expect(
      (await workspace.scim("POST", "/Users", userBody(`off2@${workspace.domain}`, { active: false }))).status,
    ).toBe(201);
  });
});
