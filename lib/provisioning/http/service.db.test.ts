import { request as httpRequest } from "node:http";
import { beforeAll, describe, expect, test } from "vitest";
import { POST as issueToken } from "@/app/oauth/token/route";
import { all, sql } from "@/lib/db";
import { adapters, nodeAdapter, nodeAdapterUrl, routeAdapter } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { newOAuthToken } from "@/lib/workspace/access/oauth/token";
import { rotateAccessToken } from "@/lib/workspace/access/rotate-token";
import { createAccessToken, revokeAccessToken, updateAccessToken } from "@/lib/workspace/access/tokens";
import { listScimRequests } from "@/lib/workspace/log/scim-requests";
import { redact } from "./redact";
import { flushRequestLog } from "./request-log";
import { answerWeb } from "./web-adapter";

const errorUrn = "urn:ietf:params:scim:api:messages:2.0:Error";
let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await openWorkspace("service");
});

let people = 0;
const newName = () => `person${++people}@${workspace.domain}`;

describe.each(adapters)("%s", (_, open) => {
  test("R-69, E7 without a token, or with a wrong one, 401 as a SCIM error", async () => {
    const wrong = workspace.token.secret.replace(/.$/, (last) => (last === "a" ? "b" : "a"));
    for (const token of [null, "nonsense", wrong, `mst_AAAAAAAA_${"A".repeat(38)}`]) {
      const { status, headers, body } = await open(token)("GET", "/Users");
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toContain("Bearer");
      expect(headers.get("content-type")).toBe("application/scim+json");
      expect(body).toMatchObject({ schemas: [errorUrn], status: "401", detail: expect.any(String) });
    }
  });

  test("R-11 the scheme in any case, the bare token, and HTTP Basic with the token as user name", async () => {
    const { secret } = workspace.token;
    const anonymous = open(null);
    const basic = Buffer.from(`${secret}:`).toString("base64");
    for (const authorization of [secret, `bearer ${secret}`, `BEARER  ${secret}`, `Basic ${basic}`]) {
      expect((await anonymous("GET", "/Users?count=1", undefined, { authorization })).status, authorization).toBe(200);
    }
  });

  test("a revoked token is 401 at the very next request", async () => {
    const scopes = ["user_management:read-write"];
    const made = await createAccessToken(workspace.operator, { name: "T", scopes, expiresAt: null, connection: null });
    const client = open(made.secret);
    expect((await client("GET", "/Users?count=1")).status).toBe(200);
    await revokeAccessToken(workspace.operator, made.token.id);
    expect((await client("GET", "/Users?count=1")).status).toBe(401);
  });

  test("R-06, E5 unknown paths and methods are SCIM errors", async () => {
    const client = open(workspace.token.secret);
    const cases: [string, string, number][] = [
      ["GET", "/Nothing", 404],
      ["GET", "/Users/x/y", 404],
      ["GET", "/Users/00000000-0000-0000-0000-000000000000", 404],
      ["GET", "/Users/not-an-id", 404],
      ["PUT", "/Users", 405],
      ["DELETE", "/Schemas", 405],
      ["GET", "/Me", 501],
      ["GET", "/Bulk", 405],
      ["GET", "/.search", 405],
    ];
    for (const [method, path, status] of cases) {
      const answer = await client(method, path, method === "GET" ? undefined : {});
      expect(answer.status, `${method} ${path}`).toBe(status);
      expect(answer.body).toMatchObject({ schemas: [errorUrn], status: String(status) });
      expect(answer.headers.get("content-type")).toBe("application/scim+json");
    }
  });

  test("E15 trailing and doubled slashes mean the same path", async () => {
    const client = open(workspace.token.secret);
    for (const path of ["/Users/", "//Users", "/users"])
      expect((await client("GET", `${path}?count=0`)).status).toBe(200);
  });

  test("T21 a body over its limit is 413, and a broken one 400", async () => {
    const client = open(workspace.token.secret);
    const large = userBody(newName(), { title: "x".repeat(1_048_576) });
    expect((await client("POST", "/Users", large)).status).toBe(413);
    expect(await client("POST", "/Users", "{")).toMatchObject({ status: 400, body: { scimType: "invalidSyntax" } });
    expect(await client("POST", "/Users", "[]")).toMatchObject({ status: 400, body: { scimType: "invalidSyntax" } });
  });

  test.each([undefined, "application/json", "application/scim+json; charset=utf-8", "application/scim+json"])(
    "R-02, E14 a body of type %s is read",
    async (type) => {
      const body = JSON.stringify(userBody(newName()));
      const headers = { authorization: `Bearer ${workspace.token.secret}`, ...(type && { "content-type": type }) };
      expect((await open(null)("POST", "/Users", body, headers)).status).toBe(201);
    },
  );

  test("E14 a foreign type is 415", async () => {
    const { status } = await open(workspace.token.secret)("POST", "/Users", "<a/>", { "content-type": "text/xml" });
    expect(status).toBe(415);
  });

  test("each answer has its own request id, which the error repeats", async () => {
    const { headers, body } = await open(workspace.token.secret)("GET", "/Nothing");
    expect(headers.get("x-request-id")).toMatch(/^req_[\w-]{20}$/);
    expect(body.detail).toContain(headers.get("x-request-id"));
  });
});

test("a body that comes in pieces, slowly, is put together", async () => {
  const body = JSON.stringify(userBody(newName(), { displayName: "Zoë" }));
  const url = await nodeAdapterUrl;
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: `Bearer ${workspace.token.secret}`, "content-type": "application/scim+json" };
    const request = httpRequest(`${url}/Users`, { method: "POST", headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", reject);
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at += 7) request.write(bytes.subarray(at, at + 7)); // splits the ë
    request.end();
  });
  expect(status).toBe(201);
});

test("the route handler of Next exports the second door for every method", async () => {
  const route: Record<string, unknown> = await import("@/app/scim/v2/[[...path]]/route");
  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    expect(route[method], method).toBe(answerWeb);
});

describe("tokens", () => {
  test("a token without the scope is 403; a changed scope counts at once", async () => {
    const input = { name: "Audit", scopes: ["audit_log:read"], expiresAt: null, connection: null };
    const made = await createAccessToken(workspace.operator, input);
    const client = routeAdapter(made.secret);
    expect((await client("GET", "/Users")).status).toBe(403);
    await updateAccessToken(workspace.operator, made.token.id, { name: "Audit", scopes: ["user_management:read"] });
    expect((await client("GET", "/Users?count=1")).status).toBe(200);
    const refused = await client("POST", "/Users", userBody(newName()));
    expect(refused).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining("User Management: Read-write") },
    });
  });

  // D-02, D-14
  test("rotation: both secrets work, the old one until it is revoked", async () => {
    const input = { name: "Old", scopes: ["user_management:read-write"], expiresAt: null, connection: null };
    const old = await createAccessToken(workspace.operator, input);
    const next = await rotateAccessToken(workspace.operator, old.token.id, "24h");
    expect((await routeAdapter(old.secret)("GET", "/Users?count=0")).status).toBe(200);
    expect((await routeAdapter(next.secret)("GET", "/Users?count=0")).status).toBe(200);
    await revokeAccessToken(workspace.operator, old.token.id);
    expect((await routeAdapter(old.secret)("GET", "/Users?count=0")).status).toBe(401);
    expect((await routeAdapter(next.secret)("GET", "/Users?count=0")).status).toBe(200);
  });

  test("an expired token is 401", async () => {
    const input = { name: "Short", scopes: ["user_management:read"], expiresAt: null, connection: null };
    const made = await createAccessToken(workspace.operator, input);
    await all(sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '1 second' WHERE id = ${made.token.id}`);
    expect((await routeAdapter(made.secret)("GET", "/Users")).status).toBe(401);
  });

  test("R-68 a token issued for client credentials is good for an hour, and dies with its access token at the next request", async () => {
    const input = { name: "OAuth", scopes: ["user_management:read"], expiresAt: null, connection: null };
    const client = await createAccessToken(workspace.operator, input);
    const clientId = client.secret.slice(0, 12);
    const issue = async (client_secret: string) => {
      const body = new URLSearchParams({ grant_type: "client_credentials", client_id: clientId, client_secret });
      const response = await issueToken(new Request("http://muster.test/oauth/token", { method: "POST", body }));
      return (await response.json()) as { access_token: string; scope: string };
    };
    expect(await issue(workspace.token.secret)).toMatchObject({ error: "invalid_client" });
    expect(await issue("wrong")).toMatchObject({ error: "invalid_client" });
    const old = await newOAuthToken({ publicId: client.secret.slice(4, 12), seconds: -1 });
    const { access_token: fresh, scope } = await issue(client.secret);
    expect([fresh, scope]).toEqual([expect.stringMatching(/^mso_.{40,120}$/), "user_management:read"]);
    for (const open of [nodeAdapter, routeAdapter]) {
      expect((await open(old)("GET", "/Users?count=1")).status).toBe(401);
      for (const _ of [1, 2]) expect((await open(fresh)("GET", "/Users?count=1")).status).toBe(200);
      expect((await open(`${fresh}x`)("GET", "/Users?count=1")).status).toBe(401);
      expect((await open(fresh)("DELETE", "/Users/x")).status).toBe(403);
    }
    await revokeAccessToken(workspace.operator, client.token.id);
    for (const open of [nodeAdapter, routeAdapter])
      expect((await open(fresh)("GET", "/Users?count=1")).status).toBe(401);
  });

  test("B4 the database holds no secret", async () => {
    const rows = await all<{ row: string }>(sql`SELECT t::text AS row FROM "AccessToken" t`);
    const secretPart = workspace.token.secret.slice(13);
    expect(rows.some(({ row }) => row.includes(secretPart))).toBe(false);
    expect(rows.length).toBeGreaterThan(0);
  });
});

test("a database connection that is lost is replaced: at most one request is told to come again", async () => {
  const read = () => nodeAdapter(workspace.token.secret)("GET", '/Users?filter=userName%20eq%20"nobody"');
  expect((await read()).status).toBe(200);
  await all(
    sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  const statuses: number[] = [];
  for (let at = 0; at < 5; at++) statuses.push((await read()).status);
  expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect(statuses.slice(-3)).toEqual([200, 200, 200]);
});

describe("the request log", () => {
  test("each request is written, with what it did, and without its token or password", async () => {
    const logged = await openWorkspace("logged");
    const made = await logged.scim("POST", "/Users", userBody(`x@${logged.domain}`, { password: "hunter2" }));
    await logged.scim("GET", `/Users?filter=${encodeURIComponent('nonsense eq "1"')}`);
    await flushRequestLog();
    const { requests } = await listScimRequests(logged.id, {});
    expect(requests).toMatchObject([
      { method: "GET", path: "/scim/v2/Users", status: 400, scimType: "invalidFilter", effect: null },
      {
        method: "POST",
        status: 201,
        effect: "user.added",
        subject: `x@${logged.domain}`,
        requestId: made.headers.get("x-request-id"),
      },
    ]);
    const rows = await all<{ row: string }>(
      sql`SELECT r::text AS row FROM "ScimRequest" r WHERE "workspaceId" = ${logged.id}`,
    );
    const text = rows.map(({ row }) => row).join("\n");
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain(logged.token.secret.slice(13));
    expect((await listScimRequests(logged.id, { status: "error" })).requests).toHaveLength(1);
    expect((await listScimRequests(logged.id, { search: `x@${logged.domain}` })).requests).toHaveLength(1);
    expect((await listScimRequests(logged.id, { method: "GET" })).requests).toHaveLength(1);
  });

  test("bodies are cut and passwords are taken out, by name, by path, in any spelling; what is no JSON is not kept", () => {
    const secrets = new Set(["password", "pin"]);
    const kept = (body: string) => redact(body, secrets);
    expect(kept('{"password":"a\\"b","x":1}')).toBe('{"password":"(redacted)","x":1}');
    expect(kept('{"Operations":[{"op":"add","path":"urn:x:User:PassWord","value":"geheim"}]}')).not.toContain("geheim");
    expect(kept('{"urn:x":{"PIN":["geheim"]},"a.pin":"geheim","Pass\\u0077ord":"geheim"}')).not.toContain("geheim");
    expect(kept(`{"password":"${"x".repeat(20_000)}`)).not.toContain("xxx");
    expect(kept("x".repeat(20_000))?.length).toBeLessThan(17_000);
    expect(kept("a\u0000b")).toBe("a\uFFFDb");
  });

  test("T29 wrong tokens are slowed down after a while, good ones are not", async () => {
    const wrong = nodeAdapter("wrong");
    let last = 401;
    for (let at = 0; at < 2_000 && last === 401; at++) last = (await wrong("GET", "/Users?count=0")).status;
    expect(last).toBe(429);
    expect((await nodeAdapter(workspace.token.secret)("GET", "/Users?count=0")).status).toBe(200);
  });
});
