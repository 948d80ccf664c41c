import { beforeAll, describe, expect, test } from "vitest";
import { all, one, sql, statement } from "@/lib/db";
import { type Body, expectError, find, nobody, read } from "@/lib/provisioning/conformance/support";
import { userType } from "@/lib/provisioning/resources/columns";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { isResolved, resolvePath } from "@/lib/scim/schema/path";

// T16, T22: a client's identifier is text and nothing else, and no column of Muster's is an attribute. D-88: ids in any other spelling are
// nobody's.

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let adminId: string;
  let people = 0;
  const newName = () => `p${++people}@${workspace.domain}`;

  beforeAll(async () => {
    workspace = await openWorkspace("ids");
    scim = open(workspace.token.secret);
    const [admin] = await find(scim, "/Users", `userName eq "admin@${workspace.domain}"`);
    adminId = String(admin?.id);
  });

  const rowOf = (id: unknown) =>
    one<Body>(sql`SELECT * FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND id = ${String(id)}`);

  const strange: [string, () => string][] = [
    ["1", () => "1"],
    ["0", () => "0"],
    ["-1", () => "-1"],
    ["the id of an admin", () => adminId],
    ["the id of an admin in capitals", () => adminId.toUpperCase()],
    ["the id of the workspace", () => workspace.id],
    ["the id of the token", () => workspace.token.id],
    ["a path", () => "../"],
    ["a longer path", () => `../Users/${adminId}`],
    ["an address", () => `admin@${workspace.domain}`],
    ["4 kB", () => "x".repeat(4_096)],
    ["an emoji", () => "👩‍💻"],
    ["a statement", () => `' OR "externalId" IS NOT NULL --`],
    ["a wildcard", () => "%"],
    ["blanks", () => " 1 "],
    ["true", () => "true"],
    ["null", () => "null"],
    ["a line break", () => "1\n2"],
    ["__proto__", () => "__proto__"],
  ];

  test.each(strange)("T16 %s as an externalId is stored as text and is nobody else's", async (_name, text) => {
    const externalId = text();
    const admin = await rowOf(adminId);
    const made = await scim("POST", "/Users", userBody(newName(), { externalId }));
    expect(made).toMatchObject({ status: 201, body: { externalId } });
    expect(made.body.id).not.toBe(adminId);
    expect((await rowOf(made.body.id))?.externalId).toBe(externalId);
    if (externalId.length < 2_000) {
      const found = await find(scim, "/Users", `externalId eq ${JSON.stringify(externalId)}`);
      expect(found.map(({ id }) => id)).toEqual([made.body.id]);
    }
    const group = await scim("POST", "/Groups", { displayName: `G ${people}`, externalId });
    expect(group).toMatchObject({ status: 201, body: { externalId } });
    if (externalId !== adminId)
      expectError(await scim("GET", `/Users/${encodeURIComponent(externalId).replace(/%2f/gi, "_")}`), 404);
    expectError(
      await scim("POST", "/Groups", { displayName: "H", members: [{ value: `x${externalId}` }] }),
      400,
      "invalidValue",
    );
    expect(await rowOf(adminId)).toEqual(admin);
    await scim("DELETE", `/Users/${made.body.id}`);
  });

  test("T16 a number is the text of its digits, and never an id of ours", async () => {
    const made = await scim("POST", "/Users", userBody(newName(), { externalId: 1 }));
    expect(made).toMatchObject({ status: 201, body: { externalId: "1" } });
    for (const id of ["1", "01", "1.0", "%31"]) expectError(await scim("GET", `/Users/${id}`), 404);
    for (const externalId of [true, [1], { value: 1 }, 2 ** 60])
      expectError(await scim("POST", "/Users", userBody(newName(), { externalId })), 400, "invalidValue");
  });

  test("T16 an id that a client sends is never used, nor does it find anybody", async () => {
    const admin = await rowOf(adminId);
    for (const id of [adminId, nobody, 1, null, ["x"]]) {
      const made = await scim("POST", "/Users", userBody(newName(), { id, ID: undefined, externalId: adminId }));
      expect(made.status).toBe(201);
      expect([adminId, id]).not.toContain(made.body.id);
      const put = await scim("PUT", `/Users/${made.body.id}`, userBody(newName(), { id: adminId, title: "T" }));
      expect(put).toMatchObject({ status: 200, body: { id: made.body.id, title: "T" } });
      const path = `/Users/${made.body.id}`;
      expectError(
        await scim("PATCH", path, patchBody({ op: "replace", path: "id", value: adminId })),
        400,
        "mutability",
      );
      expectError(await scim("PATCH", path, patchBody({ op: "add", value: { id: adminId } })), 400, "mutability");
    }
    expect(await rowOf(adminId)).toEqual(admin);
  });

  /** Every column of the database, but those whose names are attributes of SCIM. */
  async function columnNames(): Promise<string[]> {
    const rows = await all<{ name: string }>(
      sql`SELECT DISTINCT column_name AS name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1`,
    );
    const names = rows.map(({ name }) => name).filter((name) => !isResolved(resolvePath(name, userType)));
    return [
      ...names,
      "isAdmin",
      "admin",
      "isOwner",
      "emailVerifiedAt",
      "suspended",
      "status",
      "permissions",
      "tenantId",
    ];
  }

  /** Everything of a row that no attribute may reach. */
  const fixed = ["id", "workspaceId", "state", "role", "userId", "address", "connectionId", "createdAt", "joinedAt"];
  const fixedOf = async (id: unknown) => {
    const row = await rowOf(id);
    return fixed.map((name) => [name, row?.[name]]);
  };

  const values = ["admin", true, 0, "2001-01-01T00:00:00Z", nobody, null, { value: "admin" }, ["admin"]];

  test.each(values)("T22 no column is an attribute of a user: %j in each of them", async (value) => {
    const names = await columnNames();
    expect(names.length).toBeGreaterThan(60);
    const all = Object.fromEntries(names.map((name) => [name, value]));
    const meta = { version: 'W/"99"', created: "2001-01-01T00:00:00Z", resourceType: "Group" };
    const name = newName();
    const made = await scim("POST", "/Users", userBody(name, { ...all, meta }));
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const path = `/Users/${made.body.id}`;
    const before = await fixedOf(made.body.id);
    expect(Object.fromEntries(before)).toMatchObject({ workspaceId: workspace.id, state: "active", role: "member" });
    const first = await read(scim, path);
    expect(Object.keys(first).sort()).toEqual(["active", "id", "meta", "schemas", "userName"]);
    expect((await scim("PUT", path, userBody(name, { ...all, meta }))).status).toBe(200);
    const operations = names.flatMap((column) =>
      ["add", "replace", "remove"].map((op) => ({ op, path: column, value })),
    );
    expect((await scim("PATCH", path, patchBody(...operations))).status).toBe(200);
    expect((await scim("PATCH", path, patchBody({ op: "replace", value: { ...all, meta } }))).status).toBe(200);
    for (const urn of [
      "urn:ietf:params:scim:schemas:core:2.0:User",
      "urn:ietf:params:scim:schemas:extension:muster:2.0:User",
    ]) {
      const prefixed = Object.fromEntries(names.map((column) => [`${urn}:${column}`, value]));
      expect((await scim("PATCH", path, patchBody({ op: "replace", value: prefixed }))).status).toBe(200);
      expect((await scim("PATCH", path, patchBody({ op: "add", path: urn, value: all }))).status).toBeLessThan(500);
    }
    expect(await fixedOf(made.body.id)).toEqual(before);
    expect(await read(scim, path)).toEqual(first);
  });

  test.each(values)("T22 nor of a group: %j", async (value) => {
    const names = (await columnNames()).filter((name) => name !== "members");
    const all = Object.fromEntries(names.map((name) => [name, value]));
    const displayName = `Mass ${newName()}`;
    const made = await scim("POST", "/Groups", { displayName, ...all });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const path = `/Groups/${made.body.id}`;
    const rows = () => one<Body>(statement(`SELECT * FROM "Team" WHERE id = $1`, [String(made.body.id)]));
    const before = await rows();
    expect((await scim("PUT", path, { displayName, ...all })).status).toBe(200);
    const operations = names.map((column) => ({ op: "replace", path: column, value }));
    expect((await scim("PATCH", path, patchBody(...operations, { op: "add", value: all }))).status).toBe(200);
    expect(await rows()).toEqual(before);
  });

  test("T22 what only the service says is not said by a client: meta, groups, a manager's name", async () => {
    const made = await scim(
      "POST",
      "/Users",
      userBody(newName(), { groups: [{ value: adminId }], schemas: ["urn:x"] }),
    );
    const path = `/Users/${made.body.id}`;
    for (const target of ["meta", "meta.created", "id", "groups", "schemas", 'groups[value eq "x"]', "meta.version"])
      expectError(await scim("PATCH", path, patchBody({ op: "replace", path: target, value: "x" })), 400, "mutability");
    expect((await read(scim, path)).groups).toBeUndefined();
  });
});
