import { beforeEach, describe, expect, test } from "vitest";
import { all, run, sql } from "@/lib/db";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  groupBody,
  openWorkspace,
  patchBody,
  setTo,
  type TestWorkspace,
} from "@/lib/provisioning/testing/decisions";
import { listHistory } from "@/lib/workspace/profiles/history";
import { addTeamMember, createTeamInApp, deleteTeamInApp, removeTeamMember, setTeamRole } from "./edit";
import { findTeam, listTeams, type TeamQuery } from "./list";
import { listTeamMembers } from "./teams";

// 11.1 and 11.2: a table of teams, and a page for each.

let ours: TestWorkspace;
beforeEach(async () => {
  ours = await openWorkspace("teams");
});

/** Adds a team with this many people, one of whom is in all of them. */
async function addTeam(name: string, people: readonly string[] = []): Promise<string> {
  const id = await createTeamInApp(adminOf(ours), name);
  for (const person of people) await addTeamMember(adminOf(ours), id, person);
  return id;
}

const addPeople = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => addUnmanaged(ours, `p${index}@${ours.domain}`)));

const names = async (query: TeamQuery) => (await listTeams(ours.id, query)).teams.map(({ name }) => name);

async function namesByPage(query: TeamQuery): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: TeamQuery["cursor"], isMore = true; isMore; isMore = cursor !== null) {
    const page = await listTeams(ours.id, { ...query, cursor, limit: 2 });
    seen.push(...page.teams.map(({ name }) => name));
    cursor = page.nextCursor;
  }
  return seen;
}

describe("11.2 the table of teams", () => {
  test("11.2 is in the order of names without case and accents, both ways, page by page", async () => {
    for (const name of ["Özil", "adam", "Zoo", "Équipe", "Bo"]) await addTeam(name);
    const sorted = ["adam", "Bo", "Équipe", "Özil", "Zoo"];
    expect(await names({})).toEqual(sorted);
    expect(await namesByPage({})).toEqual(sorted);
    expect(await namesByPage({ isDescending: true })).toEqual([...sorted].reverse());
    expect(await names({ search: "equipe" })).toEqual(["Équipe"]);
  });

  test("11.2 is in the order of member counts, both ways, page by page, with equal counts once each", async () => {
    const people = await addPeople(12);
    const counts = { Ten: 10, One: 1, None: 0, Two: 2, "Also one": 1, Twelve: 12 };
    for (const [name, count] of Object.entries(counts)) await addTeam(name, people.slice(0, count));
    const countsOf = (found: string[]) => found.map((name) => counts[name as keyof typeof counts]);
    for (const isDescending of [false, true]) {
      const found = await namesByPage({ sort: "members", isDescending });
      const sorted = [0, 1, 1, 2, 10, 12];
      expect(countsOf(found)).toEqual(isDescending ? sorted.reverse() : sorted);
      expect(new Set(found).size).toBe(6);
    }
  });

  test("11.2 a team that is deleted or filled between two pages loses no other", async () => {
    const [person = ""] = await addPeople(1);
    const ids = new Map<string, string>();
    for (const name of ["A", "B", "C", "D"]) ids.set(name, await addTeam(name));
    const first = await listTeams(ours.id, { limit: 2 });
    await deleteTeamInApp(adminOf(ours), ids.get("B") ?? "");
    const second = await listTeams(ours.id, { cursor: first.nextCursor });
    expect(second.teams.map(({ name }) => name)).toEqual(["C", "D"]);

    const empty = await listTeams(ours.id, { sort: "members", limit: 1 });
    await addTeamMember(adminOf(ours), empty.teams[0]?.id ?? "", person);
    const rest = await listTeams(ours.id, { sort: "members", cursor: empty.nextCursor });
    expect(rest.teams.map(({ name, memberCount }) => [name, memberCount])).toEqual([
      ["C", 0],
      ["D", 0],
      ["A", 1],
    ]);
  });

  test("11.2 each filter keeps what it says, alone and together, and the total counts the same", async () => {
    const [person = ""] = await addPeople(1);
    const lin = await addPerson(ours, `lin@${ours.domain}`);
    const own = await addTeam("Own", [person]);
    const bare = await addTeam("Bare");
    const pushed = String((await ours.scim("POST", "/Groups", groupBody("Pushed", [lin]))).body.id);
    await setTeamRole(ours.operator, own, "member");
    await setTeamRole(ours.operator, pushed, "admin");
    const connection = (await findTeam(ours.id, pushed)).managedBy?.id ?? "";
    const expected: [TeamQuery, string[]][] = [
      [{}, [own, bare, pushed]],
      [{ source: "app" }, [own, bare]],
      [{ source: connection }, [pushed]],
      [{ role: "admin" }, [pushed]],
      [{ role: "member" }, [own]],
      [{ role: "none" }, [bare]],
      [{ isEmpty: true }, [bare]],
      [{ source: "app", role: "member" }, [own]],
      [{ source: connection, isEmpty: true }, []],
      [{ search: "OWN", source: "app" }, [own]],
    ];
    for (const [query, ids] of expected) {
      const { teams, total } = await listTeams(ours.id, query);
      expect(teams.map(({ id }) => id).sort(), JSON.stringify(query)).toEqual([...ids].sort());
      expect(total, JSON.stringify(query)).toBe(ids.length);
    }
  });

  test("11.2 another workspace's teams are neither listed nor counted, nor is its team a place to go on from", async () => {
    const theirs = await openWorkspace("teams");
    const id = await createTeamInApp(adminOf(theirs), "Theirs");
    await addTeam("Ours");
    expect(await listTeams(ours.id, {})).toMatchObject({ total: 1, teams: [{ name: "Ours" }] });
    expect(await names({ cursor: { id, after: "a" } })).toEqual(["Ours"]);
    await expect(findTeam(ours.id, id)).rejects.toMatchObject({ reason: "not_found" });
    expect(await listTeamMembers(ours.id, id, {})).toMatchObject({ total: 0, members: [] });
    expect((await listHistory(ours.id, id, { limit: 20 })).items).toEqual([]);
  });
});

describe("11.1 the page of a team", () => {
  test("11.1 has its ids, its source, and when it was created and changed", async () => {
    const body = { ...groupBody("Sales"), externalId: "ext-7" };
    const id = String((await ours.scim("POST", "/Groups", body)).body.id);
    const created = await findTeam(ours.id, id);
    expect(created).toMatchObject({ externalId: "ext-7", role: null, managedBy: { name: "Identity provider" } });
    await run(
      sql`UPDATE "Team" SET "createdAt" = now() - interval '1 day', "updatedAt" = now() - interval '1 day' WHERE "workspaceId" = ${ours.id} AND id = ${id}`,
    );
    await ours.scim("PATCH", `/Groups/${id}`, setTo("displayName", "Sales EMEA"));
    const { createdAt, updatedAt } = await findTeam(ours.id, id);
    expect(Date.parse(updatedAt) - Date.parse(createdAt)).toBeGreaterThan(80_000_000);
  });

  test("11.1 says of each member their state, and since when they have been in the team", async () => {
    const id = await addTeam("Sales", await addPeople(2));
    const gone = await addUnmanaged(ours, `gone@${ours.domain}`, "suspended");
    await addTeamMember(adminOf(ours), id, gone);
    await run(
      sql`UPDATE "TeamMember" SET "createdAt" = '2025-03-01T00:00:00Z' WHERE "workspaceId" = ${ours.id} AND "membershipId" = ${gone}`,
    );
    const { members, total } = await listTeamMembers(ours.id, id, { search: "gone" });
    expect(total).toBe(1);
    expect(members).toMatchObject([{ id: gone, state: "suspended", since: "2025-03-01T00:00:00.000Z" }]);
  });

  test("11.1 has the history of the team: what was done here, and by the identity provider, also what was refused", async () => {
    const lin = await addPerson(ours, `lin@${ours.domain}`);
    const id = String((await ours.scim("POST", "/Groups", groupBody("Sales"))).body.id);
    await ours.scim("POST", "/Groups", groupBody("Taken"));
    await ours.scim("PATCH", `/Groups/${id}`, patchBody({ op: "add", path: "members", value: [{ value: lin }] }));
    await ours.scim("PATCH", `/Groups/${id}`, setTo("displayName", "Taken"));
    await setTeamRole(ours.operator, id, "member");
    await flushRequestLog();
    const first = await listHistory(ours.id, id, { limit: 2 });
    const short = ({ change, request }: (typeof first.items)[number]) => [change?.action, request?.status];
    expect(first.items.map(short)).toEqual([
      ["team.role_mapped", undefined],
      [undefined, 409],
    ]);
    const second = await listHistory(ours.id, id, { limit: 2, cursor: first.nextCursor ?? "" });
    expect(second.items.map(short)).toEqual([
      ["team.updated", 200],
      ["team.created", 201],
    ]);
    expect(second.items[0]?.change?.after).toMatchObject({ membersMoved: 1 });
  });

  test("11.1 a member who comes or goes changes no name", async () => {
    const [person = ""] = await addPeople(1);
    const id = await addTeam("Sales", [person]);
    await removeTeamMember(adminOf(ours), id, person);
    const events = await all<{ before: object; after: object }>(
      sql`SELECT before, after FROM "AuditEvent" WHERE "workspaceId" = ${ours.id} AND "targetId" = ${id} AND action = 'team.updated'`,
    );
    const change = { before: { name: "Sales" }, after: { name: "Sales", membersMoved: 1 } };
    expect(events).toEqual([change, change]);
  });
});
