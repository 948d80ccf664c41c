import { beforeAll, expect, test } from "vitest";
import { all, sql } from "@/lib/db";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { inviteMember } from "@/lib/workspace/members/invite";
import { listMembers } from "@/lib/workspace/members/list";
import { createTeamInApp } from "@/lib/workspace/teams/edit";
import { createWorkspace } from "@/lib/workspace/workspaces/workspaces";

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = await openWorkspace("names");
});

const dirty = "Ada\r\nBcc: x\u202Egnp\u2028\u0007";
const clean = "Ada Bcc: xgnp ";

test("A10 SCIM's names come in clean by POST, PUT and PATCH, and find what they were sent as", async () => {
  const address = `ada@${workspace.domain}`;
  const name = { givenName: dirty, familyName: dirty, formatted: dirty };
  const { status, body } = await workspace.scim(
    "POST",
    "/Users",
    userBody(address, { displayName: dirty, nickName: dirty, name, title: dirty }),
  );
  expect(status).toBe(201);
  expect(body).toMatchObject({
    displayName: clean,
    nickName: clean,
    name: { givenName: clean, familyName: clean, formatted: clean },
  });
  expect(body.title, "no name: as it came").toBe(dirty);
  const path = `/Users/${body.id}`;
  const find = async (filter: string) =>
    (await workspace.scim("GET", `/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults;
  expect(await find(`displayName eq ${JSON.stringify(dirty)}`)).toBe(1);
  expect(await find(`displayName eq ${JSON.stringify(clean)}`)).toBe(1);
  const before = (await workspace.scim("GET", path)).headers.get("etag");
  for (const op of [
    { op: "replace", path: "displayName", value: dirty },
    { op: "replace", value: { name: { givenName: dirty } } },
    { op: "add", path: "name.familyName", value: dirty },
  ])
    expect((await workspace.scim("PATCH", path, patchBody(op))).status).toBe(200);
  expect((await workspace.scim("GET", path)).headers.get("etag"), "sent again, it writes nothing").toBe(before);
  await workspace.scim("PUT", path, userBody(address, { displayName: `\u202E${dirty}` }));
  const { members } = await listMembers(workspace.id, { search: "ada@" });
  expect(members[0]?.name).toBe(clean.trim());
});

test("A10 a group's name is clean, unique as such, and found as it was sent", async () => {
  const posted = await workspace.scim("POST", "/Groups", { displayName: dirty });
  expect(posted.body.displayName).toBe(clean);
  expect((await workspace.scim("POST", "/Groups", { displayName: dirty })).status).toBe(409);
  expect((await workspace.scim("POST", "/Groups", { displayName: `${clean}\u202E` })).status).toBe(409);
  const filter = encodeURIComponent(`displayName eq ${JSON.stringify(dirty)}`);
  expect((await workspace.scim("GET", `/Groups?filter=${filter}`)).body.totalResults).toBe(1);
  expect((await workspace.scim("POST", "/Groups", { displayName: "\u202E\r\n" })).status).toBe(400);
});

test("A10 what the command and every other way makes is clean as well", async () => {
  const names = { firstName: dirty, lastName: dirty };
  const made = await createWorkspace(
    { name: dirty, slug: "names-of-it", adminEmail: "a@names-of-it.test", ...names },
    "Operator",
  );
  const actor = { workspaceId: made.id, kind: "operator" as const, id: null, name: "Operator" };
  await createTeamInApp(actor, dirty);
  await inviteMember(actor, { address: "b@names-of-it.test", role: "member", ...names });
  await createAccessToken(actor, {
    name: dirty,
    scopes: ["user_management:read-write"],
    expiresAt: null,
    connection: dirty,
  });
  const rows = await all<{ row: string }>(sql`
    SELECT name AS row FROM "Workspace" WHERE id = ${made.id}
    UNION ALL SELECT name FROM "Team" WHERE "workspaceId" = ${made.id}
    UNION ALL SELECT name FROM "AccessToken" WHERE "workspaceId" = ${made.id}
    UNION ALL SELECT name FROM "Connection" WHERE "workspaceId" = ${made.id}
    UNION ALL SELECT "givenName" || "familyName" FROM "Membership" WHERE "workspaceId" = ${made.id}
    UNION ALL SELECT "firstName" || "lastName" FROM "User" WHERE "emailKey" = 'a@names-of-it.test'
    UNION ALL SELECT data::text FROM "Mail" WHERE "workspaceId" = ${made.id}
    UNION ALL SELECT coalesce("targetName", '') || "actorName" FROM "AuditEvent" WHERE "workspaceId" = ${made.id}`);
  expect(rows.length).toBeGreaterThan(8);
  for (const { row } of rows) expect(row).not.toMatch(/[\p{Cc}\u2028\u202E]|\\r|\\n/u);
});
