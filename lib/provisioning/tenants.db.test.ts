import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { all, sql, statement } from "@/lib/db";
import { listScimRequests } from "@/lib/workspace/scim-requests";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "./fixtures";

// T03, T04: what belongs to one workspace is nobody's in another, and not one byte of it changes.

let ours: TestWorkspace;
let theirs: TestWorkspace;
let userId: string;
let groupId: string;

beforeAll(async () => {
  [ours, theirs] = [await openWorkspace("ours"), await openWorkspace("theirs")];
  userId = String(
    (await theirs.scim("POST", "/Users", userBody(`lin@${theirs.domain}`, { externalId: "e1" }))).body.id,
  );
  const group = { displayName: "Theirs", members: [{ value: userId }] };
  groupId = String((await theirs.scim("POST", "/Groups", group)).body.id);
});

/** A digest of every row of a workspace, in every table that has workspaces; its own request log is left out. */
async function digest({ id }: TestWorkspace): Promise<string> {
  const tables = await all<{ name: string }>(sql`
    SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'workspaceId' ORDER BY 1`);
  const hash = createHash("sha256");
  for (const { name } of tables.filter((table) => table.name !== "ScimRequest" && table.name !== "AccessTokenUse")) {
    const rows = await all<{ row: string }>(
      statement(`SELECT t::text AS row FROM "${name}" t WHERE "workspaceId" = $1 ORDER BY 1`, [id]),
    );
    hash.update(`${name}\n${rows.map(({ row }) => row).join("\n")}\n`);
  }
  return hash.digest("hex");
}

describe("T03 another workspace's ids", () => {
  const remove = patchBody({ op: "remove", path: "members" });
  const operations: [string, string, () => unknown][] = [
    ["GET", "/Users", () => undefined],
    ["PUT", "/Users", () => userBody(`taken@${ours.domain}`)],
    ["PATCH", "/Users", () => patchBody({ op: "replace", path: "active", value: false })],
    ["DELETE", "/Users", () => undefined],
    ["GET", "/Groups", () => undefined],
    ["PUT", "/Groups", () => ({ displayName: "Ours now" })],
    ["PATCH", "/Groups", () => remove],
    ["DELETE", "/Groups", () => undefined],
  ];

  test.each(operations)("%s %s is 404 and changes nothing there", async (method, endpoint, body) => {
    const before = await digest(theirs);
    for (const id of [userId, groupId]) {
      const answer = await ours.scim(method, `${endpoint}/${id}`, body());
      expect(answer.status).toBe(404);
      expect(JSON.stringify(answer.body)).not.toContain(theirs.domain);
    }
    expect(await digest(theirs)).toBe(before);
  });

  test.each([
    () => `id eq "${userId}"`,
    () => `userName eq "lin@${theirs.domain}"`,
    () => 'externalId eq "e1"',
    () => `groups.value eq "${groupId}"`,
    () => `userName co "${theirs.domain}" or id pr and externalId pr`,
  ])("no filter finds them", async (filter) => {
    const { body } = await ours.scim("GET", `/Users?filter=${encodeURIComponent(filter())}`);
    expect(body.totalResults).toBe(0);
  });

  test("T04 their people can't be put into our groups, by any kind of write", async () => {
    const made = await ours.scim("POST", "/Groups", { displayName: "Ours" });
    const path = `/Groups/${made.body.id}`;
    const writes = [
      ours.scim("POST", "/Groups", { displayName: "Second", members: [{ value: userId }] }),
      ours.scim("PUT", path, { displayName: "Ours", members: [{ value: userId }] }),
      ours.scim("PATCH", path, patchBody({ op: "add", path: "members", value: [{ value: userId }] })),
      ours.scim("PATCH", path, patchBody({ op: "replace", path: "members", value: [{ value: userId }] })),
    ];
    for (const { status, body } of await Promise.all(writes)) {
      expect(status).toBe(400);
      expect(body.detail).toContain(userId);
    }
    expect((await ours.scim("GET", path)).body).toMatchObject({ members: [] });
    expect((await ours.scim("GET", "/Groups")).body.totalResults).toBe(1);
  });

  test("T16 an externalId that looks like an id matches nobody", async () => {
    const { body } = await ours.scim("POST", "/Users", userBody(`ext@${ours.domain}`, { externalId: userId }));
    expect(body.id).not.toBe(userId);
    expect((await ours.scim("GET", `/Users/${userId}`)).status).toBe(404);
  });

  test("T22 no name of a column or of our own is an attribute", async () => {
    const columns = await all<{ name: string }>(
      sql`SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'Membership'`,
    );
    const known = new Set(["userName", "externalId", "id", "givenName", "familyName"]);
    const foreign = columns.map(({ name }) => name).filter((name) => !known.has(name));
    const values = Object.fromEntries(foreign.map((name) => [name, "admin"]));
    const { body } = await ours.scim("POST", "/Users", userBody(`mass@${ours.domain}`, { ...values, id: userId }));
    const row = await all<{ role: string; state: string; workspaceId: string }>(
      sql`SELECT role, state, "workspaceId" FROM "Membership" WHERE id = ${String(body.id)}`,
    );
    expect(row).toEqual([{ role: "member", state: "active", workspaceId: ours.id }]);
  });

  test("their requests are not in our log", async () => {
    const { requests } = await listScimRequests(ours.id, { search: theirs.domain });
    expect(requests.filter(({ method, subject }) => method === "POST" && subject?.endsWith(theirs.domain))).toEqual([]);
  });
});
