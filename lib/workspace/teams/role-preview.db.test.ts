import { beforeEach, describe, expect, test } from "vitest";
import { all, type Role, run, sql } from "@/lib/db";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  guestOf,
  openWorkspace,
  type TestWorkspace,
} from "@/lib/provisioning/testing/decisions";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import { addTeamMember, createTeamInApp, setTeamRole } from "./edit";
import { previewTeamRole } from "./role-preview";

// 11.1: before a team gives a role, its page says who gains and who loses the admin role.

let ours: TestWorkspace;
beforeEach(async () => {
  ours = await openWorkspace("preview");
});

async function addTeam(name: string, people: readonly string[]): Promise<string> {
  const id = await createTeamInApp(adminOf(ours), name);
  for (const person of people) await addTeamMember(adminOf(ours), id, person);
  return id;
}

async function rolesNow(): Promise<Map<string, Role>> {
  const rows = await all<{ id: string; role: Role }>(
    sql`SELECT id, role FROM "Membership" WHERE "workspaceId" = ${ours.id}`,
  );
  return new Map(rows.map(({ id, role }) => [id, role]));
}

async function keptNow(): Promise<string[]> {
  const rows = await all<{ id: string }>(
    sql`SELECT "targetId" AS id FROM "AuditEvent" WHERE "workspaceId" = ${ours.id} AND action = 'membership.role_kept' ORDER BY id`,
  );
  return rows.map(({ id }) => id);
}

/** What a role is said to change, and what it then changes. */
async function compare(team: string, role: Role | null) {
  const said = await previewTeamRole(ours.id, team, role);
  const [before, keptBefore] = [await rolesNow(), await keptNow()];
  await setTeamRole(ours.operator, team, role);
  const after = await rolesNow();
  const became = (wanted: Role) => [...after].filter(([id, now]) => now === wanted && before.get(id) !== now);
  const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id).sort();
  const sorted = (rows: [string, Role][]) => rows.map(([id]) => id).sort();
  return {
    said: { gains: ids(said.gains.people), loses: ids(said.loses.people), keeps: ids(said.keeps.people) },
    done: {
      gains: sorted(became("admin")),
      loses: sorted(became("member")),
      keeps: (await keptNow()).slice(keptBefore.length).sort(),
    },
    notAllowed: said.notAllowed.total,
  };
}

const admin = { roles: [{ value: "admin" }] };
const member = { roles: [{ value: "member" }] };

/** One person for each way to have a role, with the workspace's first admin; all are in the team. */
async function fillTeam(): Promise<string> {
  const [first] = await all<{ id: string }>(
    sql`SELECT id FROM "Membership" WHERE "workspaceId" = ${ours.id} AND role = 'admin'`,
  );
  const people = [
    first?.id ?? "",
    await addPerson(ours, `none@${ours.domain}`),
    await addPerson(ours, `said-admin@${ours.domain}`, admin),
    await addPerson(ours, `said-member@${ours.domain}`, member),
    await addPerson(ours, guestOf(ours), admin),
    await addPerson(ours, "no-address", admin),
    await addUnmanaged(ours, `own@${ours.domain}`),
    await addUnmanaged(ours, `own-admin@${ours.domain}`, "active", "admin"),
    await addUnmanaged(ours, `gone@${ours.domain}`, "suspended"),
  ];
  const both = await addUnmanaged(ours, `both@${ours.domain}`);
  const other = await addUnmanaged(ours, `other@${ours.domain}`);
  await setTeamRole(ours.operator, await addTeam("Other admins", [both]), "admin");
  await setTeamRole(ours.operator, await addTeam("Other members", [other]), "member");
  return addTeam("Sales", [...people, both, other]);
}

describe("11.1 what a team's role would change", () => {
  test.each([true, false])(
    "11.1 is what it then changes, for every kind of person; identity providers may make admins: %s",
    async (scimMayGrantAdmin) => {
      await updateSettings(ours.operator, { scimMayGrantAdmin });
      const team = await fillTeam();
      const seen = { gains: 0, loses: 0, keeps: 0, notAllowed: 0 };
      for (const role of ["admin", "member", "admin", null, "member", null, "admin", null] as const) {
        const { said, done, notAllowed } = await compare(team, role);
        expect(said, String(role)).toEqual(done);
        for (const kind of ["gains", "loses", "keeps"] as const) seen[kind] += said[kind].length;
        seen.notAllowed += notAllowed;
      }
      expect(seen.loses).toBeGreaterThan(0);
      expect(scimMayGrantAdmin ? seen.gains : seen.notAllowed).toBeGreaterThan(0);
    },
  );

  test("11.1 the last admins are judged one after another: all lose the role but one, who is named", async () => {
    await updateSettings(ours.operator, { scimMayGrantAdmin: true });
    const [first] = await all<{ id: string }>(sql`SELECT id FROM "Membership" WHERE "workspaceId" = ${ours.id}`);
    const second = await addUnmanaged(ours, `second@${ours.domain}`, "active", "admin");
    const team = await addTeam("Everybody", [first?.id ?? "", second]);
    const preview = await previewTeamRole(ours.id, team, "member");
    expect(preview).toMatchObject({ gains: { total: 0 }, loses: { total: 1 }, keeps: { total: 1 } });
    expect(preview.keeps.people).toMatchObject([{ email: `second@${ours.domain}` }]);
    const { said, done } = await compare(team, "member");
    expect(said).toEqual(done);
    expect(done.keeps).toHaveLength(1);
  });

  test("11.1 writes nothing", async () => {
    await updateSettings(ours.operator, { scimMayGrantAdmin: true });
    const team = await fillTeam();
    const snapshot = () =>
      all(sql`SELECT (SELECT count(*) FROM "AuditEvent" WHERE "workspaceId" = ${ours.id}) AS events, (SELECT count(*) FROM "Mail" WHERE "workspaceId" = ${ours.id}) AS mails,
        (SELECT count(*) FROM "TeamRole" WHERE "workspaceId" = ${ours.id}) AS mapped, (SELECT sum(version) FROM "Membership" WHERE "workspaceId" = ${ours.id}) AS versions`);
    const before = await snapshot();
    expect((await previewTeamRole(ours.id, team, "admin")).gains.total).toBeGreaterThan(0);
    expect(await snapshot()).toEqual(before);
  });

  test("11.1 of the role that the team already gives, and of a team of nobody, nothing", async () => {
    const nothing = { gains: { total: 0 }, loses: { total: 0 }, keeps: { total: 0 }, notAllowed: { total: 0 } };
    const person = await addUnmanaged(ours, `own@${ours.domain}`);
    const team = await addTeam("Sales", [person]);
    expect(await previewTeamRole(ours.id, team, null)).toMatchObject(nothing);
    const nobody = await addTeam("Nobody", []);
    expect(await previewTeamRole(ours.id, nobody, "admin")).toMatchObject({ ...nothing, isEffective: false });
    expect(await previewTeamRole(ours.id, nobody, "member")).toMatchObject({ ...nothing, isEffective: true });
    await updateSettings(ours.operator, { scimMayGrantAdmin: true });
    expect(await previewTeamRole(ours.id, nobody, "admin")).toMatchObject({ ...nothing, isEffective: true });
  });

  test("11.1 a hundred are named, and all are counted", async () => {
    await updateSettings(ours.operator, { scimMayGrantAdmin: true });
    const team = await addTeam("Sales", []);
    await run(sql`
      INSERT INTO "Membership" ("workspaceId", id, state, "userName", "userNameKey", "searchText", role)
      SELECT ${ours.id}, gen_random_uuid(), 'suspended', 'p' || n, 'p' || n, 'p' || n, 'member' FROM generate_series(1, 120) n`);
    await run(sql`
      INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId") SELECT "workspaceId", ${team}, id FROM "Membership" WHERE "workspaceId" = ${ours.id} AND state = 'suspended'`);
    const { gains } = await previewTeamRole(ours.id, team, "admin");
    expect(gains.total).toBe(120);
    expect(gains.people).toHaveLength(100);
  });

  test("11.1 another workspace's team is not found", async () => {
    const theirs = await openWorkspace("preview");
    const id = await createTeamInApp(adminOf(theirs), "Theirs");
    await expect(previewTeamRole(ours.id, id, "admin")).rejects.toMatchObject({ reason: "not_found" });
  });
});
