import { beforeAll, describe, expect, test } from "vitest";
import { all, sql } from "@/lib/db";
import { expectError, nobody } from "@/lib/provisioning/conformance/support";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { bulkBody, openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { accessOf } from "@/lib/scim/route";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { allows } from "@/lib/workspace/scopes";
import { bodyOf, digestOf, operations, pathOf } from "./support";

// T07, D-03: a token may do what its scopes say, operation by operation, and no SCIM request creates or changes a token.

const resources = ["user_management", "domain", "audit_log", "webhook", "workspace"];

/** Every combination of scopes that a token can have: three levels of each resource, but not none of all. */
const combinations = resources
  .reduce<string[][]>(
    (all, resource) =>
      all.flatMap((scopes) => [scopes, [...scopes, `${resource}:read`], [...scopes, `${resource}:read-write`]]),
    [[]],
  )
  .filter((scopes) => scopes.length > 0);

type Operation = (typeof operations)[number];

/** What an operation answers a token that may run it, sent so that it changes nothing. */
const harmless: Record<Operation["kind"], number> = {
  create: 400,
  list: 200,
  search: 200,
  read: 404,
  replace: 404,
  patch: 404,
  delete: 404,
  listAll: 200,
  searchAll: 200,
  bulk: 200,
  config: 200,
  types: 200,
  type: 404,
  schemas: 200,
  schema: 404,
};

function mayRun(scopes: string[], { kind }: Operation): boolean {
  const access = accessOf({ kind });
  const scope = access === "read" ? "user_management:read" : "user_management:read-write";
  return access === "nothing" || allows(scopes, scope);
}

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;

  beforeAll(async () => {
    workspace = await openWorkspace("scopes");
  });

  async function clientWith(scopes: string[]): Promise<ScimClient> {
    const input = { name: scopes.join(), scopes, expiresAt: null, connection: null };
    return open((await createAccessToken(workspace.operator, input)).secret);
  }

  function run(client: ScimClient, operation: Operation) {
    const body = operation.kind === "create" ? {} : bodyOf(operation, `x@${workspace.domain}`);
    return client(operation.method, pathOf(operation.path, nobody), body);
  }

  test("T07 every operation declares what it needs", () => {
    expect(operations.length).toBeGreaterThanOrEqual(20);
    for (const { kind, method } of operations) {
      const isReading = method === "GET" || kind === "search" || kind === "searchAll";
      expect(accessOf({ kind })).toBe(kind === "config" ? "nothing" : isReading ? "read" : "write");
    }
  });

  test("T07 each operation runs for exactly the combinations of scopes that cover it; the rest is 403 and changes nothing", {
    timeout: 60_000,
  }, async () => {
    expect(combinations).toHaveLength(242);
    const clients: { scopes: string[]; client: ScimClient }[] = [];
    for (const scopes of combinations) clients.push({ scopes, client: await clientWith(scopes) });
    const before = await digestOf(workspace);
    for (const { scopes, client } of clients) {
      const answers = await Promise.all(operations.map((operation) => run(client, operation)));
      const given = answers.map(({ status }, at) => [operations[at]?.method, operations[at]?.path, status]);
      const wanted = operations.map((one) => [one.method, one.path, mayRun(scopes, one) ? harmless[one.kind] : 403]);
      expect(given, scopes.join()).toEqual(wanted);
      for (const { headers } of answers.filter(({ status }) => status === 403))
        expect(headers.get("x-required-scope")).toMatch(/^user_management:read(-write)?$/);
    }
    expect(await digestOf(workspace)).toBe(before);
  });

  test("T07 a token that may only read is refused before its body is looked at, also in a Bulk, and by HEAD reads as by GET", async () => {
    const client = await clientWith(["user_management:read"]);
    const none = await clientWith(["domain:read-write", "audit_log:read-write"]);
    const before = await digestOf(workspace);
    for (const operation of operations.filter(({ kind }) => accessOf({ kind }) === "write")) {
      const path = pathOf(operation.path, nobody);
      const body = operation.method === "DELETE" ? undefined : "{";
      expectError(await client(operation.method, path, body), 403);
    }
    expect((await client("HEAD", "/Users")).status).toBe(200);
    expect((await none("HEAD", "/Users")).status).toBe(403);
    expect(await digestOf(workspace)).toBe(before);
  });

  const tokens = () =>
    all<{ row: string }>(
      sql`SELECT t::text AS row FROM "AccessToken" t WHERE "workspaceId" = ${workspace.id} ORDER BY 1`,
    );

  /** What a request for a new token, or a wider one, might say. */
  const deferred = {
    scopes: ["workspace:read-write"],
    accessTokens: [{ name: "x" }],
    token: "x",
    secretHash: "x",
    expiresAt: null,
  };
  const endpoints = ["AccessTokens", "Tokens", "access-tokens", "Connections", "Domains", "Workspaces", "Me", "oauth"];

  test.each(endpoints)("T07 there is no /%s that could make or change a token", async (endpoint) => {
    const client = open(workspace.token.secret);
    const before = await tokens();
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      for (const path of [`/${endpoint}`, `/${endpoint}/${workspace.token.id}`]) {
        const { status } = await client(method, path, method === "GET" ? undefined : deferred);
        expect([404, 501], `${method} ${path}`).toContain(status);
      }
    }
    const list = [{ method: "POST", path: `/${endpoint}`, bulkId: "a", data: deferred }];
    const { body } = await client("POST", "/Bulk", bulkBody(list));
    expect(["400", "404"]).toContain((body.Operations as { status: string }[])[0]?.status);
    expect(await tokens()).toEqual(before);
  });

  test("T07 no operation takes a token for a resource, and no attribute is one", async () => {
    const client = open(workspace.token.secret);
    const before = await tokens();
    for (const { method, path } of operations.filter((operation) => operation.path.includes("{id}"))) {
      const body = method === "GET" || method === "DELETE" ? undefined : userBody("x", deferred);
      expect([400, 404]).toContain((await client(method, pathOf(path, workspace.token.id), body)).status);
    }
    const made = await client("POST", "/Users", userBody(`tokens@${workspace.domain}`, deferred));
    expect(made.status).toBe(201);
    expect(Object.keys(made.body)).not.toContain("scopes");
    expect(await tokens()).toEqual(before);
  });
});
