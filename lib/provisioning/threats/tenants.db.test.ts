import { beforeAll, describe, expect, test } from "vitest";
import { openSession } from "@/lib/auth";
import { all, one, run, sql, statement } from "@/lib/db";
import {
  type Body,
  expectError,
  membersOf,
  nobody,
  urn,
  withoutRequestId,
} from "@/lib/provisioning/conformance/support";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import {
  bulkBody,
  openWorkspace,
  patchBody,
  searchBody,
  type TestWorkspace,
  userBody,
} from "@/lib/provisioning/testing/fixtures";
import { accessOf } from "@/lib/scim/route";
import { createSignInLink } from "@/lib/workspace/accounts/sign-in-links";
import { listScimRequests } from "@/lib/workspace/log/scim-requests";
import { bodyOf, digestOf, operations, pathOf, tablesOfWorkspaces } from "./support";

// T03, T04, E19: what belongs to one workspace is nobody's in another, and not one byte of it changes. The matrix is made of the
// route table and of the other workspace's rows, so that what is added to either is covered by itself.

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Ways to write one and the same path (E15). */
const spellings: ((path: string) => string)[] = [
  (path) => path,
  (path) => `${path}/`,
  (path) => path.replace("/", "//").toLowerCase(),
];

/** Theirs: somebody of each state, a group, and a row in every other table that a workspace can have. */
async function fill(theirs: TestWorkspace) {
  const { scim, domain, id: workspaceId } = theirs;
  const add = async (endpoint: string, body: Body) => String((await scim("POST", endpoint, body)).body.id);
  const [lin, guest, gone, ended] = [
    await add("/Users", userBody(`lin@${domain}`, { externalId: "e1", emails: [{ value: `lin@${domain}` }] })),
    await add("/Users", userBody("guest@elsewhere.test", { title: "Guest" })),
    await add("/Users", userBody(`gone@${domain}`, { active: false })),
    await add("/Users", userBody(`ended@${domain}`)),
  ];
  await scim("DELETE", `/Users/${ended}`);
  const group = await add("/Groups", { displayName: "Theirs", externalId: "g1", members: [{ value: lin }] });
  const account = await one<{ userId: string }>(sql`SELECT "userId" FROM "Membership" WHERE id = ${lin}`);
  await openSession(String(account?.userId), { address: "127.0.0.1", agent: "Test" });
  await createSignInLink(`lin@${domain}`);
  await run(sql`INSERT INTO "Webhook" ("workspaceId", id, url, events, "sealedSecret")
    VALUES (${workspaceId}, gen_random_uuid(), 'https://hook.test', '{}', 'x')`);
  await flushRequestLog();
  return { lin, guest, gone, ended, group, userId: String(account?.userId) };
}

/** Every id that stands in a row of a workspace, three of each kind at most, and the workspace's own. */
async function idsOf({ id }: TestWorkspace): Promise<string[]> {
  const ids = [id];
  for (const table of [...(await tablesOfWorkspaces()), "ScimRequest"]) {
    const [hasId] = await all(
      sql`SELECT 1 FROM information_schema.columns WHERE table_name = ${table} AND column_name = 'id'`,
    );
    if (!hasId) continue;
    const rows = await all<{ id: string }>(
      statement(`SELECT id::text AS id FROM "${table}" WHERE "workspaceId" = $1 ORDER BY 1 LIMIT 6`, [id]),
    );
    ids.push(...rows.map((row) => row.id));
  }
  return ids;
}

describe.each(adapters)("%s", (_, open) => {
  let ours: TestWorkspace;
  let theirs: TestWorkspace;
  let scim: ScimClient;
  let their: Awaited<ReturnType<typeof fill>>;
  let ids: string[];
  let before: string;

  beforeAll(async () => {
    [ours, theirs] = [await openWorkspace("ours"), await openWorkspace("theirs")];
    scim = open(ours.token.secret);
    their = await fill(theirs);
    ids = [...(await idsOf(theirs)), their.userId];
    before = await digestOf(theirs);
    await scim("POST", "/Users", userBody(`own@${ours.domain}`, { externalId: "e1" }));
  });

  /** Nothing of theirs changed, and the answer holds nothing of theirs but what we sent ourselves. */
  function expectNothingOfTheirs(body: unknown, sent: string): void {
    const text = JSON.stringify(body).replaceAll(sent, "");
    for (const word of [theirs.domain, "elsewhere.test", "Theirs", their.lin, their.group])
      expect(text, sent).not.toContain(word);
  }

  async function tryEvery(path: string, id: string): Promise<number> {
    const known = operations.filter((operation) => operation.path === path);
    for (const method of methods) {
      const operation = known.find((one) => one.method === (method === "HEAD" ? "GET" : method));
      const body = operation && bodyOf(operation, `taken@${ours.domain}`);
      for (const spell of spellings) {
        const answer = await scim(method, spell(pathOf(path, id)), body);
        expect(answer.status, `${method} ${path} ${id}`).toBe(operation ? 404 : 405);
        expectNothingOfTheirs(answer.body, id);
      }
    }
    return methods.length * spellings.length;
  }

  const withId = [...new Set(operations.filter(({ path }) => path.includes("{id}")).map(({ path }) => path))];

  test.each(withId)(
    "T03, E19 %s with any id of theirs is 404 by every method, and no byte changes there",
    async (path) => {
      let probes = 0;
      for (const id of ids) probes += await tryEvery(path, id);
      expect(ids.length).toBeGreaterThan(20);
      expect(probes).toBeGreaterThan(400);
      expect(await digestOf(theirs)).toBe(before);
    },
  );

  test("T03 an id of theirs in another spelling is nobody's either", async () => {
    const [lin] = [their.lin];
    const others = [lin.toUpperCase(), lin.replaceAll("-", ""), `{${lin}}`, `urn:uuid:${lin}`, ` ${lin}`, `${lin}%20`];
    for (const { method, path, kind, type } of operations.filter(({ path }) => withId.includes(path)))
      for (const id of others) {
        const { status } = await scim(method, pathOf(path, id), bodyOf({ kind, type }, `taken@${ours.domain}`));
        expect(status, `${method} ${path} ${id}`).toBe(404);
      }
    expect(await digestOf(theirs)).toBe(before);
  });

  test("T03 the operations of a Bulk find none of theirs", async () => {
    const made = operations.filter(({ path, kind }) => path.includes("{id}") && accessOf({ kind }) === "write");
    const list = ids.flatMap((id) =>
      made.map((operation) => ({
        method: operation.method,
        path: pathOf(operation.path, id),
        data: bodyOf(operation, `bulk@${ours.domain}`),
      })),
    );
    const { status, body } = await scim("POST", "/Bulk", bulkBody(list));
    expect(status).toBe(200);
    const results = body.Operations as { status: string; response: Body }[];
    expect(results).toHaveLength(list.length);
    expect([...new Set(results.map((result) => result.status))]).toEqual(["404"]);
    expect(await digestOf(theirs)).toBe(before);
  });

  test("T03 what lists shows, counts and orders ours only: by GET, by .search, at the root", async () => {
    const lists = operations.filter(({ kind }) => ["list", "listAll", "search", "searchAll"].includes(kind));
    expect(lists).toHaveLength(6);
    for (const operation of lists) {
      const answer = await scim(operation.method, operation.path, bodyOf(operation, ""));
      expect(answer.status).toBe(200);
      const own = await all(sql`SELECT 1 FROM "Membership" WHERE "workspaceId" = ${ours.id} AND state <> 'ended'`);
      const teams = await all(sql`SELECT 1 FROM "Team" WHERE "workspaceId" = ${ours.id}`);
      const wanted = { User: own.length, Group: teams.length }[operation.type ?? ""] ?? own.length + teams.length;
      expect(answer.body.totalResults, operation.path).toBe(wanted);
      expectNothingOfTheirs(answer.body, "\n");
    }
  });

  test("T04 no filter, by GET, by .search or at the root, finds or counts them", async () => {
    const { lin, group } = their;
    const manager = `${urn.enterprise}:manager.value`;
    const filters = [
      ...ids.flatMap((id) => [`id eq "${id}"`, `meta.location ew "${id}"`]),
      ...["userName", "emails.value", "displayName"].map((name) => `${name} co "${theirs.domain}"`),
      `userName eq "lin@${theirs.domain}"`,
      'userName sw "guest@elsewhere" or title eq "Guest"',
      `externalId eq "e1" and userName co "${theirs.domain}"`,
      `groups.value eq "${group}" or groups[display eq "Theirs"]`,
      `groups.$ref co "${group}"`,
      `${manager} eq "${lin}"`,
      `not (userName co "${ours.domain}") and userName pr`,
      'displayName eq "Theirs" or externalId eq "g1"',
      `members.value eq "${lin}" or members[value eq "${lin}"]`,
      `members.$ref co "${lin}"`,
      `not (displayName sw "Ours") and displayName pr and externalId eq "g1"`,
    ];
    for (const filter of filters) {
      for (const endpoint of ["/Users", "/Groups", ""]) {
        const got = await scim("GET", `${endpoint}/?filter=${encodeURIComponent(filter)}`);
        const searched = await scim("POST", `${endpoint}/.search`, searchBody({ filter }));
        expect(withoutRequestId(searched.body)).toEqual(withoutRequestId(got.body));
        if (got.status === 200) expect(got.body.totalResults, filter).toBe(0);
        else expectError(got, 400, "invalidFilter");
      }
    }
  });

  test("T04 neither their cursors nor their versions are good for anything here", async () => {
    const theirClient = open(theirs.token.secret);
    for (const endpoint of ["/Users", ""]) {
      const page = await theirClient("GET", `${endpoint}/?cursor&count=1`);
      const cursor = String(page.body.nextCursor);
      expect(cursor.length).toBeGreaterThan(20);
      expectError(await scim("GET", `${endpoint}/?cursor=${cursor}`), 400, "invalidCursor");
      expectError(await scim("POST", `${endpoint}/.search`, searchBody({ cursor })), 400, "invalidCursor");
      expect((await theirClient("GET", `${endpoint}/?cursor=${cursor}`)).status).toBe(200);
    }
    const known = await theirClient("GET", `/Users/${their.lin}?excludedAttributes=groups`);
    const headers = { "if-none-match": String(known.headers.get("etag")), "if-match": "*" };
    expectError(await scim("GET", `/Users/${their.lin}`, undefined, headers), 404);
    expectError(await scim("DELETE", `/Users/${their.lin}`, undefined, headers), 404);
  });

  test("T04 their people can't be put into our groups, by any kind of write, alone or in a Bulk", async () => {
    const own = await scim("POST", "/Groups", { displayName: "Ours" });
    const path = `/Groups/${own.body.id}`;
    for (const id of [...ids, nobody]) {
      const members = [{ value: id }];
      const writes: [string, string, Body][] = [
        ["POST", "/Groups", { displayName: `Ours ${id}`, members }],
        ["PUT", path, { displayName: "Ours", members }],
        ["PATCH", path, patchBody({ op: "add", path: "members", value: members })],
        ["PATCH", path, patchBody({ op: "replace", path: "members", value: members })],
        ["PATCH", path, patchBody({ op: "add", value: { members } })],
        ["PATCH", path, patchBody({ op: "add", path: `members[value eq "${id}"]`, value: { type: "User" } })],
      ];
      for (const [method, target, body] of writes) {
        const answer = await scim(method, target, body);
        expectError(answer, 400, "invalidValue");
        expect(answer.body.detail).toContain(id);
        expectNothingOfTheirs(answer.body, id);
      }
      const list = writes.map(([method, target, data], at) => ({ method, path: target, data, bulkId: `b${at}` }));
      const { body } = await scim("POST", "/Bulk", bulkBody(list));
      const results = body.Operations as { status: string }[];
      expect(results.map(({ status }) => status)).toEqual(writes.map(() => "400"));
    }
    expect(await membersOf(scim, String(own.body.id))).toEqual([]);
    expect(await digestOf(theirs)).toBe(before);
    await scim("DELETE", path);
  });

  test("T04 a remove of theirs succeeds and removes nothing anywhere", async () => {
    const own = await scim("POST", "/Groups", { displayName: "Ours" });
    const path = `/Groups/${own.body.id}`;
    const operation = { op: "remove", path: "members", value: ids.map((value) => ({ value })) };
    expect((await scim("PATCH", path, patchBody(operation))).status).toBe(200);
    const found = patchBody({ op: "remove", path: `members[value eq "${their.lin}"]` });
    expect((await scim("PATCH", path, found)).status).toBe(200);
    expect(await digestOf(theirs)).toBe(before);
    await scim("DELETE", path);
  });

  test("T04 a manager of theirs is the text that we sent: it shows nothing of them, and they don't see it", async () => {
    for (const id of ids) {
      const manager = { value: id, displayName: "x", $ref: "http://evil.test" };
      const made = await scim("POST", "/Users", userBody(`m${id}@${ours.domain}`, { [urn.enterprise]: { manager } }));
      expect(made.status).toBe(201);
      expectNothingOfTheirs(made.body, id);
      const filter = encodeURIComponent(`${urn.enterprise}:manager.value eq "${id}"`);
      expect((await open(theirs.token.secret)("GET", `/Users?filter=${filter}`)).body.totalResults).toBe(0);
      await scim("DELETE", `/Users/${made.body.id}`);
    }
    expect(await digestOf(theirs)).toBe(before);
  });

  test("T04 their userNames, e-mails, externalIds and group names are free here, and theirs stay what they are", async () => {
    const emails = [{ value: `lin@${theirs.domain}`, primary: true }];
    const made = [
      await scim("POST", "/Users", userBody(`lin@${theirs.domain}`, { externalId: "e1", emails, id: their.lin })),
      await scim("POST", "/Groups", { displayName: "Theirs", externalId: "g1", id: their.group }),
    ];
    for (const [at, { status, body }] of made.entries()) {
      expect(status).toBe(201);
      expect(ids).not.toContain(body.id);
      await scim("DELETE", `${at === 0 ? "/Users" : "/Groups"}/${body.id}`);
    }
    expect(await digestOf(theirs)).toBe(before);
  });

  test("T03 a Bulk can't link ours to theirs by a bulkId or a path that holds their id", async () => {
    const list = [
      { method: "POST", path: "/Users", bulkId: their.lin, data: userBody(`b@${ours.domain}`) },
      {
        method: "PATCH",
        path: `/Users/${their.lin}`,
        data: patchBody({ op: "replace", path: "active", value: false }),
      },
      { method: "PATCH", path: `/Groups/${their.group}`, data: patchBody({ op: "remove", path: "members" }) },
      { method: "POST", path: `/Users/${their.lin}`, bulkId: "x", data: userBody(`c@${ours.domain}`) },
      { method: "DELETE", path: `/Users/../Users/${their.lin}` },
    ];
    const { body } = await scim("POST", "/Bulk", bulkBody(list));
    const statuses = (body.Operations as { status: string }[]).map(({ status }) => status);
    expect(statuses).toEqual(["201", "404", "404", "400", "400"]);
    expect(await digestOf(theirs)).toBe(before);
  });

  test("T03 their requests are not in our log, nor ours in theirs", async () => {
    await flushRequestLog();
    const { requests } = await listScimRequests(ours.id, { search: "guest@elsewhere.test" });
    expect(requests.filter(({ method }) => method === "POST")).toEqual([]);
    const own = await all<{ id: string }>(
      sql`SELECT id FROM "ScimRequest" WHERE "workspaceId" = ${theirs.id} AND "tokenId" = ${ours.token.id}`,
    );
    expect(own).toEqual([]);
  });
});
