import { beforeAll, describe, expect, test } from "vitest";
import { all, sql } from "@/lib/db";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import {
  bulkBody,
  openWorkspace,
  patchBody,
  type TestWorkspace,
  userBody,
  versionIs,
} from "@/lib/provisioning/testing/fixtures";
import { createAccessToken } from "@/lib/workspace/access/tokens";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const bulkRequest = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const bulkResponse = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
const errorUrn = "urn:ietf:params:scim:api:messages:2.0:Error";

type Body = Record<string, unknown>;
type Result = {
  method: string;
  bulkId?: string;
  version?: string;
  location?: string;
  status: string;
  response?: { status: string; scimType?: string; detail: string };
};

let workspace: TestWorkspace;
let people = 0;
const newName = () => `bulk${++people}@${workspace.domain}`;

/** A Bulk costs its operations, however its keys are written. */
function expectRefused({ status, headers }: { status: number; headers: Headers }): void {
  expect(status).toBe(429);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
}

const idOf = (result: Result | undefined) => String(result?.location).split("/").at(-1) ?? "";

describe.each(adapters)("%s", (_, open) => {
  let scim: ScimClient;

  beforeAll(async () => {
    workspace = await openWorkspace("bulk");
    scim = open(workspace.token.secret);
  });

  async function bulk(operations: Body[], more: Body = {}): Promise<Result[]> {
    const { status, body } = await scim("POST", "/Bulk", bulkBody(operations, more));
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.schemas).toEqual([bulkResponse]);
    return body.Operations as Result[];
  }

  const make = (bulkId: string, more: Body = {}) => ({
    method: "POST",
    path: "/Users",
    bulkId,
    data: userBody(newName(), more),
  });

  test("K1 the answer is 200 with a status as text for each operation, and an error's body for those that failed", async () => {
    const results = await bulk([
      make("a"),
      { method: "POST", path: "/Users", bulkId: "b", data: userBody("") },
      { method: "DELETE", path: "/Users/00000000-0000-7000-8000-000000000000" },
    ]);
    expect(results.map(({ status }) => status)).toEqual(["201", "400", "404"]);
    expect(results[0]?.response).toBeUndefined();
    expect(results[1]?.response).toMatchObject({ schemas: [errorUrn], status: "400", scimType: "invalidValue" });
    expect(results[2]?.response).toMatchObject({ schemas: [errorUrn], status: "404", detail: expect.any(String) });
  });

  test("K2 each result has its location but a POST that failed, its bulkId, and its version", async () => {
    const [made] = await bulk([make("a")]);
    const id = idOf(made);
    const path = `/Users/${id}`;
    const results = await bulk([
      { method: "PATCH", path, data: patchBody({ op: "replace", path: "title", value: "Dr" }) },
      { method: "POST", path: "/Users", bulkId: "x", data: {} },
      { method: "PUT", path: "/Users/nobody", data: userBody(newName()) },
      { method: "DELETE", path },
    ]);
    expect(made).toEqual({
      method: "POST",
      bulkId: "a",
      version: versionIs(1),
      location: made?.location,
      status: "201",
    });
    expect(made?.location).toBe(`http://muster.test/scim/v2${path}`);
    expect(results[0]).toMatchObject({ location: made?.location, version: versionIs(2), status: "200" });
    expect(results[1]).not.toHaveProperty("location");
    expect(results[1]).toMatchObject({ bulkId: "x", status: "400" });
    expect(results[2]).toMatchObject({ location: "http://muster.test/scim/v2/Users/nobody", status: "404" });
    expect(results[3]).toEqual({ method: "DELETE", location: made?.location, status: "204" });
  });

  test("K3 without failOnErrors everything runs; with it the run stops at that many errors and tells what ran", async () => {
    const bad = () => ({ method: "DELETE", path: "/Users/nobody" });
    expect(await bulk([bad(), bad(), make("a"), bad()])).toHaveLength(4);
    const stopped = await bulk([bad(), make("b"), bad(), make("c"), bad()], { failOnErrors: 2 });
    expect(stopped.map(({ status }) => status)).toEqual(["404", "201", "404"]);
    expect(await bulk([bad(), bad(), make("e")], { failOnErrors: 0 })).toHaveLength(3); // 0 is no limit (K3)
    for (const failOnErrors of [-1, "x", 1.5]) {
      const { status } = await scim("POST", "/Bulk", bulkBody([make("d")], { failOnErrors }));
      expect(status, String(failOnErrors)).toBe(400);
    }
  });

  test("K4 bulkIds stand for ids in values, extensions, PATCH values and paths, and the operation's own path, also before they are made", async () => {
    const results = await bulk([
      {
        method: "POST",
        path: "/Groups",
        bulkId: "team",
        data: { displayName: `Team ${newName()}`, members: [{ value: "bulkId:ada" }, { value: "bulkId:lin" }] },
      },
      make("ada", { [enterprise]: { manager: { value: "bulkId:lin" } } }),
      make("lin"),
      make("linus"),
      {
        method: "PATCH",
        path: "/Groups/bulkId:team",
        data: patchBody(
          { op: "remove", path: 'members[value eq "bulkId:ada"]' },
          { op: "add", path: "members", value: [{ value: "bulkId:linus" }] },
        ),
      },
      {
        method: "PATCH",
        path: "/Users/bulkId:linus",
        data: patchBody({ op: "add", path: `${enterprise}:manager`, value: "bulkId:ada" }),
      },
    ]);
    expect(results.map(({ status }) => status)).toEqual(["201", "201", "201", "201", "200", "200"]);
    expect(results.map(({ bulkId }) => bulkId)).toEqual(["team", "ada", "lin", "linus", undefined, undefined]);
    const [team, ada, lin, linus] = results.map(idOf);
    const { body: group } = await scim("GET", `/Groups/${team}`);
    expect((group.members as Body[]).map(({ value }) => value).sort()).toEqual([lin, linus].sort());
    const managers = await Promise.all([ada, linus].map((id) => scim("GET", `/Users/${id}`)));
    expect(managers[0]?.body[enterprise]).toMatchObject({
      manager: { value: lin, $ref: `http://muster.test/scim/v2/Users/${lin}` },
    });
    expect(managers[1]?.body[enterprise]).toMatchObject({ manager: { value: ada } });
  });

  test("K5 a circle is made first and linked then; a side that can't be made is 409 on the other", async () => {
    const circle = await bulk([
      make("one", { title: "1", [enterprise]: { department: "R", manager: { value: "bulkId:two" } } }),
      make("two", { [enterprise]: { manager: { value: "bulkId:one" } } }),
      make("self", { [enterprise]: { manager: { value: "bulkId:self" } } }),
    ]);
    expect(circle.map(({ status }) => status)).toEqual(["201", "201", "201"]);
    const [one, two, self] = circle.map(idOf);
    const extensionOf = async (id: string | undefined) => (await scim("GET", `/Users/${id}`)).body[enterprise];
    expect(await extensionOf(one)).toMatchObject({ department: "R", manager: { value: two } });
    expect(await extensionOf(two)).toMatchObject({ manager: { value: one } });
    expect(await extensionOf(self)).toMatchObject({ manager: { value: self } });
    for (const [index, id] of [one, two, self].entries()) expect(circle[index]?.version).toBe(await versionOf(id));

    const broken = await bulk([
      make("good", { [enterprise]: { manager: { value: "bulkId:bad" } } }),
      {
        method: "POST",
        path: "/Users",
        bulkId: "bad",
        data: userBody("", { [enterprise]: { manager: { value: "bulkId:good" } } }),
      },
    ]);
    expect(broken.map(({ status }) => status)).toEqual(["409", "400"]);
  });

  async function versionOf(id: string | undefined): Promise<string> {
    const { body } = await scim("GET", `/Users/${id}`);
    return (body.meta as { version: string }).version;
  }

  test("K6 a POST without a bulkId fails alone; one bulkId twice refuses the whole; a reference to nobody fails alone", async () => {
    const name = newName();
    const results = await bulk([
      { method: "POST", path: "/Users", data: userBody(name) },
      make("a"),
      make("b", { [enterprise]: { manager: { value: "bulkId:nobody" } } }),
      { method: "PATCH", path: "/Users/bulkId:nobody", data: patchBody() },
    ]);
    expect(results.map(({ status }) => status)).toEqual(["400", "201", "400", "400"]);
    expect(results[0]?.response?.scimType).toBe("invalidSyntax");
    expect(results[2]?.response?.detail).toContain("bulkId:nobody");
    const before = await countUsers();
    const twice = await scim("POST", "/Bulk", bulkBody([make("same"), make("same")]));
    expect(twice).toMatchObject({ status: 400, body: { scimType: "invalidSyntax" } });
    expect(await countUsers()).toBe(before);
  });

  async function countUsers(): Promise<unknown> {
    return (await scim("GET", "/Users?count=0")).body.totalResults;
  }

  test("K7 more operations or bytes than possible are 413 with the limit, and nothing runs", async () => {
    const { body: config } = await scim("GET", "/ServiceProviderConfig");
    const limits = config.bulk as { supported: boolean; maxOperations: number; maxPayloadSize: number };
    expect(limits).toEqual({ supported: true, maxOperations: 1_000, maxPayloadSize: 1_048_576 });
    const before = await countUsers();
    const many = [make("first"), ...Array.from({ length: 1_000 }, () => ({ method: "DELETE", path: "/Users/x" }))];
    const answer = await scim("POST", "/Bulk", bulkBody(many));
    expect(answer.status).toBe(413);
    expect(answer.body.detail).toContain("1000");
    const large = await scim("POST", "/Bulk", bulkBody([make("large", { title: "x".repeat(1_048_576) })]));
    expect(large.status).toBe(413);
    expect(large.body.detail).toContain("1048576");
    expect(await countUsers()).toBe(before);
  });

  test("K8 an operation's version is its If-Match", async () => {
    const [made] = await bulk([make("a")]);
    const path = `/Users/${idOf(made)}`;
    const rename = (version: string, value: string) => ({
      method: "PATCH",
      path,
      version,
      data: patchBody({ op: "replace", path: "title", value }),
    });
    const results = await bulk([
      rename('W/"1"', "first"),
      rename('W/"1"', "second"),
      { method: "DELETE", path, version: 'W/"9"' },
    ]);
    expect(results.map(({ status }) => status)).toEqual(["200", "412", "412"]);
    expect((await scim("GET", path)).body.title).toBe("first");
  });

  test("K9 each operation is authorised, bound to the workspace, logged and audited like one that comes alone", async () => {
    const other = await openWorkspace("bulkother");
    const theirs = await other.scim("POST", "/Users", userBody(`x@${other.domain}`));
    const results = await bulk([make("mine"), { method: "DELETE", path: `/Users/${theirs.body.id}` }]);
    expect(results.map(({ status }) => status)).toEqual(["201", "404"]);
    expect((await other.scim("GET", `/Users/${theirs.body.id}`)).status).toBe(200);

    await flushRequestLog();
    const rows = await all<{ method: string; path: string; status: number; effect: string | null }>(sql`
      SELECT method, path, status, effect FROM "ScimRequest" WHERE "workspaceId" = ${workspace.id} AND "requestId" =
        (SELECT "requestId" FROM "ScimRequest" WHERE "workspaceId" = ${workspace.id} AND path = '/scim/v2/Bulk' ORDER BY id DESC LIMIT 1) ORDER BY id`);
    expect(rows).toEqual([
      { method: "POST", path: "/scim/v2/Users", status: 201, effect: "user.added" },
      { method: "DELETE", path: `/scim/v2/Users/${theirs.body.id}`, status: 404, effect: null },
      { method: "POST", path: "/scim/v2/Bulk", status: 200, effect: null },
    ]);
    const audit = await all<{ action: string }>(
      sql`SELECT action FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND "targetId" = ${idOf(results[0])}`,
    );
    expect(audit).toEqual([{ action: "membership.created" }]);

    const spent = await createAccessToken(workspace.operator, {
      name: "Spender",
      scopes: ["user_management:read-write"],
      expiresAt: null,
      connection: null,
    });
    const deletions = Array.from({ length: 900 }, () => ({ method: "DELETE", path: "/Users/nobody" }));
    const { Operations, ...lower } = bulkBody(deletions);
    const spend = () => open(spent.secret)("POST", "/Bulk", { ...lower, operations: Operations });
    expect((await spend()).status).toBe(200);
    expectRefused(await spend());

    const input = { name: "Reader", scopes: ["user_management:read"], expiresAt: null, connection: null };
    const reader = await createAccessToken(workspace.operator, input);
    expect((await open(reader.secret)("POST", "/Bulk", bulkBody([make("never")]))).status).toBe(403);
  });

  test("K10 reading, another Bulk, a search and /Me are errors of their operation, and a password is not echoed", async () => {
    const [made] = await bulk([make("a", { password: "hunter2-secret" })]);
    expect(JSON.stringify(made)).not.toContain("hunter2");
    const results = await bulk([
      { method: "GET", path: `/Users/${idOf(made)}` },
      { method: "POST", path: "/Bulk", bulkId: "b", data: bulkBody([]) },
      { method: "POST", path: "/.search", bulkId: "c", data: {} },
      { method: "POST", path: "/Users/.search", bulkId: "d", data: {} },
      { method: "PATCH", path: "/Me", data: patchBody() },
      { method: "POST", path: "/ServiceProviderConfig", bulkId: "e", data: {} },
      { method: "POST", path: "/Nothing", bulkId: "f", data: {} },
      { method: "DELETE", path: "/Users" },
      {},
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      "400",
      "400",
      "400",
      "400",
      "400",
      "405",
      "404",
      "400",
      "400",
    ]);
    for (const { response } of results)
      expect(response).toMatchObject({ schemas: [errorUrn], detail: expect.any(String) });
    for (const body of [
      {},
      [],
      { schemas: [bulkRequest] },
      { schemas: [bulkRequest], Operations: {} },
      bulkBody([], { schemas: ["x"] }),
    ])
      expect((await scim("POST", "/Bulk", body)).status).toBe(400);
    expect(await bulk([])).toEqual([]);
  });
});
