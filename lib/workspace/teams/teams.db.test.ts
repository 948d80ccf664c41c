import { describe, expect, test } from "vitest";
import { run, sql } from "@/lib/db";
import { adminOf, openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/decisions";
import { listMembers } from "@/lib/workspace/members/list";
import { listWouldBeAdmins } from "@/lib/workspace/members/roles";
import { createTeamInApp } from "./edit";
import { listTeams, type TeamQuery } from "./list";
import { findTeamByName, listTeamMembers } from "./teams";

// Nothing is cut silently: long lists come by pages.

/** Members of a team, written at once. */
async function fill({ id }: TestWorkspace, team: string, count: number): Promise<void> {
  await run(sql`
    INSERT INTO "Membership" ("workspaceId", id, state, "userName", "userNameKey", "searchText", role, "saidRole")
    SELECT ${id}, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'invited', 'p' || n, 'p' || n, 'p' || n, 'member', 'admin' FROM generate_series(1, ${count}::int) n`);
  await run(sql`
    INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId") SELECT "workspaceId", ${team}, id FROM "Membership" WHERE "workspaceId" = ${id} AND state = 'invited'`);
}

describe("D5 long lists", () => {
  test("D5 a team of 9,900 has all its people, page by page, each once, with how many there are", async () => {
    const workspace = await openWorkspace("long");
    const team = await createTeamInApp(adminOf(workspace), "Everybody");
    await fill(workspace, team, 9_900);
    const seen = new Set<string>();
    let pages = 0;
    for (let cursor: string | undefined, isMore = true; isMore; isMore = cursor !== undefined) {
      const page = await listTeamMembers(workspace.id, team, { cursor, limit: 200 });
      expect(page.total).toBe(9_900);
      for (const { id } of page.members) seen.add(id);
      cursor = page.nextCursor ?? undefined;
      pages++;
    }
    expect(seen.size).toBe(9_900);
    expect(pages).toBe(50);
    expect((await listTeamMembers(workspace.id, team, { search: "p9900" })).members).toMatchObject([{ name: "p9900" }]);
    expect(await listWouldBeAdmins(workspace.id)).toHaveLength(9_900);
    const { members } = await listMembers(workspace.id, { search: "p9900", outsideTeam: team });
    expect(members).toEqual([]);
  });

  test("D5 1,200 teams come by pages in the order of their names, also when one of them goes meanwhile", async () => {
    const workspace = await openWorkspace("long");
    await run(sql`
      INSERT INTO "Team" ("workspaceId", id, name, "nameKey", "nameFolded", "searchText") SELECT ${workspace.id}, gen_random_uuid(), 'Team ' || lpad(n::text, 4, '0'), 'team ' || lpad(n::text, 4, '0'), 'team ' || lpad(n::text, 4, '0'), 'team ' || lpad(n::text, 4, '0') FROM generate_series(1, 1200) n`);
    const names: string[] = [];
    for (let cursor: TeamQuery["cursor"], isMore = true; isMore; isMore = !!cursor) {
      const page = await listTeams(workspace.id, { cursor, limit: 200 });
      names.push(...page.teams.map(({ name }) => name));
      cursor = page.nextCursor;
      if (cursor) await run(sql`DELETE FROM "Team" WHERE "workspaceId" = ${workspace.id} AND id = ${cursor.id}`);
    }
    expect(names).toHaveLength(1_200);
    expect(names).toEqual([...names].sort());
    expect((await listTeams(workspace.id, { search: "0007" })).teams).toMatchObject([{ name: "Team 0007" }]);
    expect(await findTeamByName(workspace.id, "TEAM 0007")).toBeTruthy();
    expect(await findTeamByName(workspace.id, "nobody's")).toBeNull();
  });
});
