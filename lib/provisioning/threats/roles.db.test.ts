import { beforeAll, describe, expect, test } from "vitest";
import { all, one, run, sql } from "@/lib/db";
import { type Body, urn } from "@/lib/provisioning/conformance/support";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { bulkBody, openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";

// T06, D-40, D-44: who becomes admin by provisioning. Only `admin` does, compared as SCIM compares (NFKC, then lower case; clients pad),
// in the value of any role or in appRole; everything else is a member.

const muster = "urn:ietf:params:scim:schemas:extension:muster:2.0:User";
const packed = (value: unknown) => JSON.stringify({ id: "1", value, displayName: "Admin" });

/** Spellings that mean admin. */
const meant: [string, Body][] = [
  ["a text in a list", { roles: ["admin"] }],
  ["a bare text", { roles: "admin" }],
  ["a role", { roles: [{ value: "admin" }] }],
  ["a single role without a list", { roles: { value: "admin" } }],
  ["capitals", { roles: [{ value: "ADMIN" }] }],
  ["mixed case", { roles: [{ value: "aDmIn" }] }],
  ["blanks around it", { roles: [{ value: "  Admin\t" }] }],
  ["full-width letters", { roles: [{ value: "ａｄｍｉｎ" }] }],
  ["full-width capitals", { roles: [{ value: "ＡＤＭＩＮ" }] }],
  ["the name of the attribute in capitals", { ROLES: [{ VALUE: "admin" }] }],
  ["a role that is primary", { roles: [{ value: "admin", primary: true, type: "WindowsAzureActiveDirectoryRole" }] }],
  ["a role that is not primary", { roles: [{ value: "admin", primary: "False" }] }],
  ["the second of two roles", { roles: [{ value: "member" }, { value: "admin" }] }],
  ["the first of two roles", { roles: [{ value: "admin" }, { value: "member" }] }],
  ["JSON in a text", { roles: [{ value: packed("Admin") }] }],
  ["JSON in a bare text", { roles: [packed("admin")] }],
  ["one of two in JSON", { roles: [{ value: packed("Member") }, { value: packed("admin") }] }],
  ["appRole", { [muster]: { appRole: "admin" } }],
  ["appRole in capitals", { [muster]: { appRole: "ADMIN" } }],
  ["appRole with blanks", { [muster]: { appRole: " admin " } }],
  ["a bare appRole", { appRole: "admin" }],
  ["appRole beside the role member", { roles: [{ value: "member" }], appRole: "admin" }],
  ["the role beside the appRole member", { roles: [{ value: "admin" }], [muster]: { appRole: "member" } }],
  ["the extension's URN in capitals", { [muster.toUpperCase()]: { appRole: "admin" } }],
];

/** Spellings that don't, though a careless program may think so. */
const notMeant: [string, Body][] = [
  ["a Cyrillic а", { roles: [{ value: "аdmin" }] }],
  ["a dotless ı", { roles: [{ value: "admın" }] }],
  ["a dotted İ", { roles: [{ value: "ADMİN" }] }],
  ["a Greek ι", { roles: [{ value: "admιn" }] }],
  ["a zero-width space", { roles: [{ value: "ad\u200bmin" }] }],
  ["a soft hyphen", { roles: [{ value: "ad\u00admin" }] }],
  ["a combining mark", { roles: [{ value: "a\u0301dmin" }] }],
  ["a direction mark", { roles: [{ value: "\u202eadmin" }] }],
  ["a blank inside", { roles: [{ value: "ad min" }] }],
  ["a plural", { roles: [{ value: "admins" }] }],
  ["a longer word", { roles: [{ value: "administrator" }] }],
  ["a shorter word", { roles: [{ value: "adm" }] }],
  ["a list in a text", { roles: [{ value: "admin,member" }] }],
  ["quotes", { roles: [{ value: '"admin"' }] }],
  ["JSON of a list", { roles: [{ value: '["admin"]' }] }],
  ["broken JSON", { roles: [{ value: '{"value":"admin"' }] }],
  ["JSON in JSON", { roles: [{ value: JSON.stringify({ value: packed("admin") }) }] }],
  ["only the display", { roles: [{ value: "member", display: "admin" }] }],
  ["only the display, without a value", { roles: [{ display: "admin" }] }],
  ["only the type", { roles: [{ value: "member", type: "admin" }] }],
  ["another role object", { roles: [{ value: "member", admin: true, role: "admin" }] }],
  ["role", { role: "admin" }],
  ["userType", { userType: "admin" }],
  ["title and entitlements", { title: "admin", entitlements: [{ value: "admin" }] }],
  ["an isAdmin flag", { isAdmin: true, admin: true, superuser: true }],
  ["appRole in the enterprise extension", { [urn.enterprise]: { appRole: "admin", department: "admin" } }],
  ["roles in our extension", { [muster]: { roles: [{ value: "admin" }], role: "admin" } }],
  ["a URN of our own making", { "urn:ietf:params:scim:schemas:extension:muster:2.0:Role": { appRole: "admin" } }],
  ["a dotted key", { "roles.value": "admin" }],
  ["a groups attribute", { groups: [{ value: "admin", display: "admin" }] }],
];

/** Values that are of no type that a role may have. */
const refused: [string, Body][] = [
  ["a list in a list", { roles: [[{ value: "admin" }]] }],
  ["an object as the value", { roles: [{ value: { value: "admin" } }] }],
  ["a list as the value", { roles: [{ value: ["admin"] }] }],
  ["true", { roles: true }],
  ["appRole as a list", { [muster]: { appRole: ["admin"] } }],
  ["appRole as an object", { [muster]: { appRole: { value: "admin" } } }],
  ["the extension as a text", { [muster]: "admin" }],
];

/** The ways by which a spelling reaches a person. */
type Way = [name: string, send: (scim: ScimClient, name: string, more: Body) => Promise<unknown>];

async function made(scim: ScimClient, name: string): Promise<string> {
  return `/Users/${(await scim("POST", "/Users", userBody(name))).body.id}`;
}

const ways: Way[] = [
  ["POST", (scim, name, more) => scim("POST", "/Users", userBody(name, more))],
  ["PUT", async (scim, name, more) => scim("PUT", await made(scim, name), userBody(name, more))],
  [
    "PATCH without a path",
    async (scim, name, more) => scim("PATCH", await made(scim, name), patchBody({ op: "replace", value: more })),
  ],
  [
    "PATCH with paths",
    async (scim, name, more) => {
      const operations = Object.entries(more).map(([path, value]) => ({ op: "Add", path, value }));
      return scim("PATCH", await made(scim, name), patchBody(...operations));
    },
  ],
  [
    "a Bulk",
    (scim, name, more) =>
      scim("POST", "/Bulk", bulkBody([{ method: "POST", path: "/Users", bulkId: "a", data: userBody(name, more) }])),
  ],
];

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let people = 0;
  const newName = () => `p${++people}@${workspace.domain}`;

  beforeAll(async () => {
    workspace = await openWorkspace("roles");
    scim = open(workspace.token.secret);
  });

  async function allow(mayGrant: boolean): Promise<void> {
    await run(sql`UPDATE "Workspace" SET "scimMayGrantAdmin" = ${mayGrant} WHERE id = ${workspace.id}`);
  }

  async function roleOf(name: string): Promise<string | undefined> {
    const row = await one<{ role: string }>(
      sql`SELECT role FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND "userName" = ${name}`,
    );
    return row?.role;
  }

  /** The roles of each way's person after one spelling was sent by all of them. */
  async function rolesBy(more: Body): Promise<Record<string, string | undefined>> {
    const roles: Record<string, string | undefined> = {};
    for (const [way, send] of ways) {
      const name = newName();
      await send(scim, name, more);
      roles[way] = await roleOf(name);
    }
    return roles;
  }

  const everyWay = (role: string) => Object.fromEntries(ways.map(([way]) => [way, role]));

  describe("SCIM may not grant admin", () => {
    beforeAll(() => allow(false));

    test.each([...meant, ...notMeant])("T06 %s: a member", async (_name, more) => {
      expect(await rolesBy(more)).toEqual(everyWay("member"));
    });

    test("T06 the request succeeds, the value is stored, and the log says why nobody became admin", async () => {
      const name = newName();
      const answer = await scim("POST", "/Users", userBody(name, { roles: [{ value: "Admin" }] }));
      expect(answer).toMatchObject({ status: 201, body: { roles: [{ value: "Admin" }] } });
      await flushRequestLog();
      const [logged] = await all<{ notes: string[] }>(
        sql`SELECT notes FROM "ScimRequest" WHERE "requestId" = ${String(answer.headers.get("x-request-id"))}`,
      );
      expect(logged?.notes.join()).toContain("admin role was not granted");
    });

    test("T06 no audit event tells of a new admin", async () => {
      const events = await all(sql`
        SELECT 1 FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND "actorKind" = 'token' AND after->>'role' = 'admin'`);
      expect(events).toEqual([]);
    });
  });

  describe("SCIM may grant admin", () => {
    beforeAll(() => allow(true));

    test.each(meant)("T06 %s: an admin", async (_name, more) => {
      expect(await rolesBy(more)).toEqual(everyWay("admin"));
    });

    test.each(notMeant)("T06 %s: a member", async (_name, more) => {
      expect(await rolesBy(more)).toEqual(everyWay("member"));
    });

    test.each(refused)("T06 %s: refused, and nobody is made", async (_name, more) => {
      const name = newName();
      const answer = await scim("POST", "/Users", userBody(name, more));
      expect(answer.status, JSON.stringify(answer.body)).toBe(400);
      expect(await roleOf(name)).toBeUndefined();
      const path = await made(scim, name);
      expect((await scim("PUT", path, userBody(name, more))).status).toBe(400);
      expect((await scim("PATCH", path, patchBody({ op: "replace", value: more }))).status).toBe(400);
      expect(await roleOf(name)).toBe("member");
    });

    test("T06 each admin that SCIM made is in the audit log, with who did it", async () => {
      const [newcomer, promoted] = [newName(), newName()];
      await scim("POST", "/Users", userBody(newcomer, { roles: ["admin"] }));
      const path = await made(scim, promoted);
      await scim("PATCH", path, patchBody({ op: "add", path: "roles", value: [{ value: "admin" }] }));
      await scim("PATCH", path, patchBody({ op: "remove", path: "roles" }));
      const eventsOf = async (name: string) =>
        all<{ action: string; before: Body | null; after: Body; actorId: string }>(sql`
          SELECT action, before, after, "actorId" FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND "targetName" = ${name}
          AND (after ? 'role') ORDER BY id`);
      expect(await eventsOf(newcomer)).toMatchObject([
        { action: "membership.created", after: { role: "admin" }, actorId: workspace.token.id },
      ]);
      expect(await eventsOf(promoted)).toMatchObject([
        { action: "membership.created", after: { role: "member" } },
        { action: "membership.role_changed", before: { role: "member" }, after: { role: "admin" } },
        { action: "membership.role_changed", before: { role: "admin" }, after: { role: "member" } },
      ]);
    });

    test("T06 the last admin with a login address is not demoted by any spelling of nothing", async () => {
      const own = await openWorkspace("lastrole");
      await run(sql`UPDATE "Workspace" SET "scimMayGrantAdmin" = true WHERE id = ${own.id}`);
      const client = open(own.token.secret);
      const { body } = await client("POST", "/Users", userBody(`admin@${own.domain}`, { roles: ["admin"] }));
      const path = `/Users/${body.id}`;
      const withdrawn = [
        patchBody({ op: "remove", path: "roles" }),
        patchBody({ op: "replace", path: "roles", value: [] }),
        patchBody({ op: "replace", path: "roles", value: null }),
        patchBody({ op: "replace", value: { roles: [{ value: "member" }] } }),
        patchBody({ op: "remove", path: 'roles[value eq "admin"]' }),
        patchBody(
          { op: "replace", path: "roles[primary eq false].value", value: "x" },
          { op: "remove", path: "roles" },
        ),
      ];
      for (const patch of withdrawn) expect((await client("PATCH", path, patch)).status).toBe(400);
      expect((await client("PUT", path, userBody(`admin@${own.domain}`, { roles: [] }))).status).toBe(400);
      expect((await client("GET", path)).body.roles).toMatchObject([{ value: "admin" }]);
    });
  });
});
