import { describe, expect, test } from "vitest";
import { openApi } from "@/app/api/v1/support";
import { listBroken } from "@/e2e/idp/support/invariants";
import { one, run, sql } from "@/lib/db";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  eventsOf,
  groupBody,
  guestOf,
  mailsTo,
  openWorkspace,
  rowOf,
  suspend,
  type TestWorkspace,
} from "@/lib/provisioning/testing/decisions";
import { rotateAccessToken } from "@/lib/workspace/access/rotate-token";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { cancelInvite, resendInvite } from "@/lib/workspace/invites/invites";
import { restorePeople } from "@/lib/workspace/restore/restore";
import { addTeamMember, createTeamInApp, deleteTeamInApp, setTeamRole } from "@/lib/workspace/teams/edit";
import { listMembers } from "./list";

const day = 86_400_000;

describe("D1 deleting a team that gives no role changes nobody's role", () => {
  async function openTeam() {
    const workspace = await openWorkspace("delete");
    const grace = await addUnmanaged(workspace, `grace@${workspace.domain}`, "active", "admin");
    const team = await createTeamInApp(adminOf(workspace), "Crew");
    await addTeamMember(adminOf(workspace), team, grace);
    return { workspace, grace, team };
  }

  const ways: [string, (workspace: TestWorkspace, team: string) => Promise<unknown>][] = [
    ["in the app", (workspace, team) => deleteTeamInApp(adminOf(workspace), team)],
    ["by REST", async (workspace, team) => (await openApi(workspace))("DELETE", `/teams/${team}`)],
    ["by SCIM", (workspace, team) => workspace.scim("DELETE", `/Groups/${team}`)],
  ];

  test.each(ways)("D1 %s", async (_, remove) => {
    const { workspace, grace, team } = await openTeam();
    await remove(workspace, team);
    expect(await one(sql`SELECT 1 FROM "Team" WHERE id = ${team}`)).toBeNull();
    expect(await rowOf(workspace, grace)).toMatchObject({ role: "admin", state: "active" });
    expect(await eventsOf(workspace, grace)).not.toContain("membership.role_changed");
  });

  test.each(ways)("D1 %s, of a team that gave one, takes that role", async (_, remove) => {
    const { workspace, grace, team } = await openTeam();
    await setTeamRole(adminOf(workspace), team, "admin");
    await remove(workspace, team);
    expect(await rowOf(workspace, grace)).toMatchObject({ role: "member" });
  });

  test("D1 by SCIM while the mapping goes, over and over: the role is taken by the mapping's end or not at all", async () => {
    for (let round = 0; round < 6; round++) {
      const { workspace, grace, team } = await openTeam();
      await setTeamRole(adminOf(workspace), team, "member");
      await run(sql`UPDATE "Membership" SET role = 'admin' WHERE id = ${grace}`);
      const changes = async () =>
        (await eventsOf(workspace, grace)).filter((action) => action === "membership.role_changed");
      const before = await changes();
      await Promise.all([
        run(sql`DELETE FROM "TeamRole" WHERE "teamId" = ${team}`),
        workspace.scim("DELETE", `/Groups/${team}`),
      ]);
      const isDecided = (await changes()).length > before.length;
      expect((await rowOf(workspace, grace)).role, `round ${round}`).toBe(isDecided ? "member" : "admin");
    }
  });

  test("D1 leaving a team whose mapping has gone between two tries takes nothing", async () => {
    const { workspace, grace, team } = await openTeam();
    const other = await addPerson(workspace, `lin@${workspace.domain}`);
    const groups = `/Groups/${team}`;
    await workspace.scim("PUT", groups, groupBody("Crew", [grace, other]));
    await workspace.scim("PUT", groups, groupBody("Crew", [other]));
    expect(await rowOf(workspace, grace)).toMatchObject({ role: "admin" });
  });
});

describe("D2 an ended person is in no team", () => {
  test("D2 a cancelled invite leaves its teams: no group lists an id whose user is gone", async () => {
    const workspace = await openWorkspace("ended");
    const guest = await addUnmanaged(workspace, guestOf(workspace), "invited");
    const team = await createTeamInApp(adminOf(workspace), "Crew");
    await addTeamMember(adminOf(workspace), team, guest);
    const before = (await workspace.scim("GET", `/Groups/${team}`)).body;
    expect(before.members).toMatchObject([{ value: guest }]);
    await cancelInvite(adminOf(workspace), guest);
    const after = (await workspace.scim("GET", `/Groups/${team}`)).body;
    expect(after.members ?? []).toEqual([]);
    expect(after.meta).not.toEqual(before.meta);
    const held = await workspace.scim("GET", `/Groups?filter=members.value+eq+"${guest}"`);
    expect(held.body.totalResults).toBe(0);
    expect((await workspace.scim("GET", `/Users/${guest}`)).status).toBe(404);
    expect(await listBroken(workspace.id)).toEqual([]);
  });

  test("D2 added while the invite is cancelled, over and over, they end in no team", async () => {
    const workspace = await openWorkspace("ended");
    const team = await createTeamInApp(adminOf(workspace), "Crew");
    for (let round = 0; round < 10; round++) {
      const guest = await addUnmanaged(workspace, guestOf(workspace), "invited");
      await Promise.allSettled([
        cancelInvite(adminOf(workspace), guest),
        addTeamMember(adminOf(workspace), team, guest),
      ]);
    }
    expect(await listBroken(workspace.id)).toEqual([]);
  });

  test("D2 whoever breaks it is found by every history", async () => {
    const workspace = await openWorkspace("ended");
    const guest = await addUnmanaged(workspace, guestOf(workspace), "invited");
    const team = await createTeamInApp(adminOf(workspace), "Crew");
    await cancelInvite(adminOf(workspace), guest);
    await run(
      sql`INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId") VALUES (${workspace.id}, ${team}, ${guest})`,
    );
    expect(await listBroken(workspace.id)).toEqual([expect.stringMatching(/^D2 an ended person is in no team/)]);
  });
});

describe("D3 what the buttons do is what they say", () => {
  test("D3 resending to somebody without an address is refused with the reason, not offered, not audited", async () => {
    const workspace = await openWorkspace("resend");
    const id = await addPerson(workspace, "no-address");
    await expect(resendInvite(adminOf(workspace), id)).rejects.toMatchObject({
      reason: "state_conflict",
      detail: expect.stringContaining("no email address"),
    });
    expect(await eventsOf(workspace, id)).not.toContain("invite.resent");
    const { members } = await listMembers(workspace.id, { search: "no-address" });
    expect(members[0]?.allowed).toEqual([]);
    const guest = guestOf(workspace);
    const invited = await addUnmanaged(workspace, guest, "invited");
    await resendInvite(adminOf(workspace), invited);
    expect(await mailsTo(workspace, guest)).toEqual(["invite", "invite"]);
  });

  test("D3 rotating keeps the end of a token, unless another one is asked for", async () => {
    const { operator } = await openWorkspace("rotate");
    const expiresAt = new Date(Date.now() + 10 * day).toISOString();
    const make = { name: "Dated", scopes: ["domain:read"], expiresAt, connection: null };
    const { token } = await createAccessToken(operator, make);
    const kept = await rotateAccessToken(operator, token.id, "none-set");
    expect(kept.token.expiresAt).toBe(expiresAt);
    const later = new Date(Date.now() + 90 * day).toISOString();
    expect((await rotateAccessToken(operator, kept.token.id, "none-set", later)).token.expiresAt).toBe(later);
    expect((await rotateAccessToken(operator, kept.token.id, "none-set", null)).token.expiresAt).toBeNull();
    const { token: endless } = await createAccessToken(operator, { ...make, expiresAt: null });
    expect((await rotateAccessToken(operator, endless.id, "1h")).token.expiresAt).toBeNull();
  });

  test("D3 rotating an expired token without a new end is refused: the new one would be dead", async () => {
    const { operator } = await openWorkspace("rotate");
    const make = {
      name: "Dated",
      scopes: ["domain:read"],
      expiresAt: new Date(Date.now() + day).toISOString(),
      connection: null,
    };
    const { token } = await createAccessToken(operator, make);
    await run(sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '1 day' WHERE id = ${token.id}`);
    await expect(rotateAccessToken(operator, token.id, "1h")).rejects.toMatchObject({ reason: "expiry_in_past" });
  });

  test("D3 a cancelled invite is nobody to restore, whoever cancelled it", async () => {
    const workspace = await openWorkspace("restore");
    const own = await addUnmanaged(workspace, guestOf(workspace), "invited");
    await cancelInvite(adminOf(workspace), own);
    const theirs = await addPerson(workspace, guestOf(workspace));
    await workspace.scim("PATCH", `/Users/${theirs}`, suspend);
    const gone = await addPerson(workspace, guestOf(workspace));
    await workspace.scim("DELETE", `/Users/${gone}`);
    const { restored, refused } = await restorePeople(adminOf(workspace), [own, theirs, gone]);
    expect(restored).toBe(0);
    expect(refused.map(({ id }) => id)).toEqual([own, theirs, gone]);
    expect(await rowOf(workspace, own)).toMatchObject({ state: "ended" });
  });
});
