import { beforeEach, describe, expect, test } from "vitest";
import { run, sql } from "@/lib/db";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  groupBody,
  guestOf,
  openWorkspace,
  rowOf,
  type TestWorkspace,
} from "@/lib/provisioning/testing/decisions";
import { listMembers, type MemberQuery } from "@/lib/workspace/members/list";
import { overrideMember } from "@/lib/workspace/membership/managed";
import { createTeamInApp } from "@/lib/workspace/teams/edit";
import { listTeamMembers } from "@/lib/workspace/teams/teams";
import { setSeatLimit } from "@/lib/workspace/workspaces/settings";
import { eachAlone } from "./each-alone";
import { runBulk } from "./run";
import { type BulkAction, previewBulk } from "./select";

// 11.2: lists that carry thousands, and one change for many.

let ours: TestWorkspace;
beforeEach(async () => {
  ours = await openWorkspace("bulk");
});

describe("11.2 the list", () => {
  const names = async (query: MemberQuery) => (await listMembers(ours.id, query)).members.map(({ name }) => name);

  const namesByPage = async (isDescending: boolean) => {
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page = await listMembers(ours.id, { isDescending, cursor: cursor || undefined, limit: 2 });
      seen.push(...page.members.map(({ name }) => name));
      cursor = page.nextCursor;
    }
    return seen;
  };

  test("11.2 is in the order of names without case and accents, both ways, page by page", async () => {
    for (const displayName of ["Özil", "adam", "Zoë", "Éva", "Bo"])
      await addPerson(ours, `${displayName}@${ours.domain}`, { displayName });
    const sorted = ["Ada Admin", "adam", "Bo", "Éva", "Özil", "Zoë"];
    expect(await names({})).toEqual(sorted);
    expect(await names({ isDescending: true })).toEqual([...sorted].reverse());
    expect(await namesByPage(false)).toEqual(sorted);
    expect(await namesByPage(true)).toEqual([...sorted].reverse());
  });

  test("11.2 no member is skipped when the last row of a page moves before the next page loads", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.push(await addPerson(ours, `p${count}@${ours.domain}`));
    const first = await listMembers(ours.id, { sort: "lastActive", limit: 3 });
    const last = first.members.at(-1)?.id ?? "";
    await run(sql`UPDATE "Membership" SET "lastActiveAt" = now() WHERE "workspaceId" = ${ours.id} AND id = ${last}`);
    const second = await listMembers(ours.id, { sort: "lastActive", limit: 10, cursor: first.nextCursor ?? "" });
    const seen = new Set([...first.members, ...second.members].map(({ id }) => id));
    expect([...ids].filter((id) => !seen.has(id))).toEqual([]);
  });

  test.each(["nonsense", Buffer.from("[1,2]").toString("base64url"), Buffer.from('["a","b"]').toString("base64url")])(
    "11.2 the cursor %s is refused",
    async (cursor) => {
      await expect(listMembers(ours.id, { cursor })).rejects.toMatchObject({ reason: "not_found" });
    },
  );

  test("11.2 is sorted by the last activity and by when people joined; who never was here is first", async () => {
    const [early, late] = [await addPerson(ours, `early@${ours.domain}`), await addPerson(ours, `late@${ours.domain}`)];
    await run(sql`
      UPDATE "Membership" SET "lastActiveAt" = now() - CASE WHEN id = ${late} THEN interval '1 hour' ELSE interval '2 hours' END,
        "joinedAt" = now() - CASE WHEN id = ${late} THEN interval '9 days' ELSE interval '5 days' END
      WHERE "workspaceId" = ${ours.id} AND id IN (${early}, ${late})`);
    const ids = async (query: MemberQuery) => (await listMembers(ours.id, query)).members.map(({ id }) => id);
    expect((await ids({ sort: "lastActive" })).slice(1)).toEqual([early, late]);
    expect((await ids({ sort: "lastActive", isDescending: true })).slice(0, 2)).toEqual([late, early]);
    expect((await ids({ sort: "joined" })).slice(0, 2)).toEqual([late, early]);
  });

  test("11.2 each filter keeps what it says, alone and together, and the total counts the same", async () => {
    const managed = await addPerson(ours, `lin@${ours.domain}`);
    const guest = await addPerson(ours, guestOf(ours));
    const own = await addUnmanaged(ours, `own@${ours.domain}`);
    const nameless = await addPerson(ours, "no-address");
    const admin = (await listMembers(ours.id, { search: "ada" })).members[0]?.id ?? "";
    const team = String((await ours.scim("POST", "/Groups", groupBody("Sales", [managed, guest]))).body.id);
    await run(
      sql`UPDATE "Membership" SET "lastActiveAt" = now() WHERE "workspaceId" = ${ours.id} AND id = ANY(${[admin, own]}::uuid[])`,
    );
    const connection = (await rowOf(ours, managed)).connectionId ?? "";
    const guestDomain = (await rowOf(ours, guest)).address?.split("@").pop() ?? "";
    const expected: [MemberQuery, string[]][] = [
      [{ role: "admin" }, [admin]],
      [{ state: "invited" }, [guest, nameless]],
      [{ source: "app" }, [admin, own]],
      [{ source: connection }, [managed, guest, nameless]],
      [{ domain: guestDomain.toUpperCase() }, [guest]],
      [{ team }, [managed, guest]],
      [{ outsideTeam: team }, [admin, own, nameless]],
      [{ isInNoTeam: true }, [admin, own, nameless]],
      [{ hasNeverSignedIn: true }, [managed, guest, nameless]],
      [{ hasProblem: true }, [nameless]],
      [{ team, state: "active" }, [managed]],
      [{ source: connection, isInNoTeam: true, search: "address" }, [nameless]],
      [{ source: "app", team }, []],
    ];
    for (const [query, ids] of expected) {
      const { members, total } = await listMembers(ours.id, query);
      expect(members.map(({ id }) => id).sort(), JSON.stringify(query)).toEqual([...ids].sort());
      expect(total, JSON.stringify(query)).toBe(ids.length);
    }
  });
});

describe("11.2 one change for many", () => {
  const preview = (action: BulkAction, ids: readonly string[], team: string | null = null) =>
    previewBulk(adminOf(ours), action, { ids }, team);

  test("11.2 names whom it leaves out and why, and changes nothing", async () => {
    const [one, two] = [await addUnmanaged(ours, `one@${ours.domain}`), await addUnmanaged(ours, `two@${ours.domain}`)];
    const managed = await addPerson(ours, `lin@${ours.domain}`);
    const gone = await addUnmanaged(ours, `gone@${ours.domain}`, "suspended");
    const { ids, skipped, skippedTotal } = await preview("suspend", [one, two, managed, gone]);
    expect([...ids].sort()).toEqual([one, two].sort());
    expect(skippedTotal).toBe(2);
    expect(skipped).toEqual(
      expect.arrayContaining([
        { id: managed, name: `lin@${ours.domain}`, why: "Managed by Identity provider. Change it there." },
        { id: gone, name: expect.any(String), why: "Not active." },
      ]),
    );
    expect((await rowOf(ours, one)).state).toBe("active");
  });

  test("11.2 nobody suspends themselves with the others, or makes themselves a member", async () => {
    const admin = (await listMembers(ours.id, { role: "admin" })).members[0]?.id ?? "";
    const self = { ...adminOf(ours), id: admin };
    for (const action of ["suspend", "make_member"] as const) {
      const { ids, skipped } = await previewBulk(self, action, { ids: [admin] }, null);
      expect({ ids, skipped }).toMatchObject({ ids: [], skipped: [{ id: admin, why: "This is you." }] });
    }
  });

  test("11.2 all that match a filter, loaded or not", async () => {
    for (let count = 0; count < 60; count++) await addUnmanaged(ours, `p${count}@${ours.domain}`);
    const { ids } = await previewBulk(
      adminOf(ours),
      "suspend",
      { filter: { search: "in app", state: "active" } },
      null,
    );
    expect(ids).toHaveLength(60);
  });

  test("11.2 each member is changed alone: one who is refused stops nobody else", async () => {
    const first = (await listMembers(ours.id, { role: "admin" })).members[0]?.id ?? "";
    const second = await addUnmanaged(ours, `second@${ours.domain}`, "active", "admin");
    const other = await addUnmanaged(ours, `other@${ours.domain}`);
    const { done, refused } = await runBulk(adminOf(ours), "suspend", [first, second, other], null);
    expect(done).toBe(2);
    expect(refused).toMatchObject([{ id: second, detail: expect.stringContaining("last admin") }]);
    expect((await rowOf(ours, other)).state).toBe("suspended");
  });

  test("11.2 a reactivation says how many seats are free", async () => {
    const ids = [await addUnmanaged(ours, `a@${ours.domain}`, "suspended")];
    expect((await preview("reactivate", ids)).freeSeats).toBeNull();
    await setSeatLimit(ours.operator, 1);
    expect(await preview("reactivate", ids)).toMatchObject({ ids, freeSeats: 0 });
  });

  test("11.2 teams, roles and invites", async () => {
    const member = await addUnmanaged(ours, `m@${ours.domain}`);
    const invited = await addUnmanaged(ours, guestOf(ours), "invited");
    const team = await createTeamInApp(adminOf(ours), "Sales");
    expect((await preview("add_to_team", [member, invited], team)).ids).toHaveLength(2);
    await runBulk(adminOf(ours), "add_to_team", [member, invited], team);
    expect((await listTeamMembers(ours.id, team, {})).members).toHaveLength(2);
    expect((await preview("add_to_team", [member], team)).skipped).toMatchObject([{ why: "Nothing to change." }]);
    await runBulk(adminOf(ours), "remove_from_team", [member], team);
    expect((await listTeamMembers(ours.id, team, {})).members).toHaveLength(1);
    await runBulk(adminOf(ours), "make_admin", [member], null);
    expect((await rowOf(ours, member)).role).toBe("admin");
    expect((await preview("cancel_invite", [member, invited])).ids).toEqual([invited]);
    await runBulk(adminOf(ours), "resend_invite", [invited], null);
    await runBulk(adminOf(ours), "cancel_invite", [invited], null);
    expect((await rowOf(ours, invited)).state).toBe("ended");
  });

  test("11.2 more than ten thousand are refused, not cut", async () => {
    await run(sql`
      INSERT INTO "Membership" ("workspaceId", id, state, "userName", "userNameKey")
      SELECT ${ours.id}::uuid, gen_random_uuid(), 'suspended', 'p' || n, 'p' || n FROM generate_series(1, 10001) n`);
    const all = previewBulk(adminOf(ours), "reactivate", { filter: { state: "suspended" } }, null);
    await expect(all).rejects.toMatchObject({ reason: "limit_reached", detail: expect.stringContaining("10,000") });
  });

  test("11.2 an override opens a managed person for all but cancelling the invite, which is the provider's", async () => {
    const id = await addPerson(ours, guestOf(ours));
    await overrideMember(adminOf(ours), id);
    expect((await preview("cancel_invite", [id])).skipped).toMatchObject([
      { why: expect.stringContaining("Managed by") },
    ]);
    expect((await preview("resend_invite", [id])).ids).toEqual([id]);
  });

  test("11.2 an outage halfway says whom it didn't reach, and at the first one it is the answer", async () => {
    const reached: string[] = [];
    const breakAt = (name: string) => async (item: string) => {
      if (item === name) throw new Error("away");
      reached.push(item);
    };
    expect(await eachAlone(["a", "b", "c"], breakAt("b"))).toMatchObject({ reached: 1, refused: [] });
    await expect(eachAlone(["b", "c"], breakAt("b"))).rejects.toThrow("away");
    expect(reached).toEqual(["a"]);
  });

  test("11.2 ids of another workspace are nobody", async () => {
    const theirs = await openWorkspace("bulk");
    const id = await addUnmanaged(theirs, `lin@${theirs.domain}`);
    expect(await preview("suspend", [id])).toMatchObject({ ids: [], skippedTotal: 0 });
    const { done, refused } = await runBulk(adminOf(ours), "suspend", [id], null);
    expect({ done, refused }).toMatchObject({ done: 0, refused: [{ id }] });
    expect((await rowOf(theirs, id)).state).toBe("active");
  });
});
