import { beforeAll, describe, expect, test } from "vitest";
import { expectError, nobody, sendBare, urn } from "@/lib/provisioning/conformance/support";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { accessOf } from "@/lib/scim/route";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { bodyOf, digestOf, expectNothingInside, operations, pathOf, refillBuckets } from "./support";

// T17, D-63: no spelling of a path, no method and no header gets around the token; T37, D-05: nor does discovery.

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Ways to write a path that two programs may read differently. */
const spellings: [string, (path: string) => string][] = [
  ["as it is", (path) => path],
  ["a trailing slash", (path) => `${path}/`],
  ["trailing slashes", (path) => `${path}///`],
  ["a doubled slash", (path) => path.replace("/", "//")],
  ["lower case", (path) => path.toLowerCase()],
  ["upper case", (path) => path.toUpperCase()],
  ["an encoded letter", (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)],
  ["an encoded slash", (path) => path.replace("/", "%2f")],
  ["an encoded slash at the end", (path) => `${path}%2F`],
  ["a doubly encoded slash", (path) => path.replace("/", "%252f")],
  ["a dot segment", (path) => `/.${path}`],
  ["two dots", (path) => `/ServiceProviderConfig/..${path}`],
  ["encoded dots", (path) => `/ServiceProviderConfig/%2e%2e${path}`],
  ["half-encoded dots", (path) => `/ServiceProviderConfig/.%2e${path}`],
  ["dots within the path", (path) => `${path}/../ServiceProviderConfig`],
  ["a semicolon", (path) => `${path};/ServiceProviderConfig`],
  ["a semicolon before", (path) => `/ServiceProviderConfig;${path}`],
  ["an encoded semicolon", (path) => `${path}%3b`],
  ["a backslash", (path) => path.replace("/", "/%5c")],
  ["a suffix", (path) => `${path}.json`],
  ["a suffix of Next", (path) => `${path}.rsc`],
  ["a trailing dot", (path) => `${path}.`],
  ["an encoded dot at the end", (path) => `${path}%2e`],
  ["a NUL", (path) => `${path}%00`],
  ["a NUL and an open path", (path) => `${path}%00/ServiceProviderConfig`],
  ["a line break", (path) => `${path}%0d%0aServiceProviderConfig`],
  ["a blank", (path) => `${path}%20`],
  ["an encoded question mark", (path) => `${path}%3f`],
  ["an encoded hash", (path) => `${path}%23`],
  ["broken percents", (path) => `${path}%`],
  ["an overlong slash", (path) => path.replace("/", "/%c0%af")],
  ["a full-width slash", (path) => `${path}%ef%bc%8fx`],
  ["an open path before", (path) => `/ServiceProviderConfig${path}`],
  ["an open path behind", (path) => `${path}/ServiceProviderConfig`],
  ["an open path in the query", (path) => `${path}?path=/ServiceProviderConfig`],
  ["a method in the query", (path) => `${path}?_method=GET&method=GET`],
  ["a token in the query", (path) => `${path}?access_token=TOKEN&token=TOKEN&bearer_token=TOKEN`],
];

/** Headers by which proxies and frameworks were fooled. */
const tricks: Record<string, string>[] = [
  { "x-http-method-override": "GET", "x-http-method": "GET", "x-method-override": "GET" },
  { "x-original-url": "/scim/v2/ServiceProviderConfig", "x-rewrite-url": "/scim/v2/ServiceProviderConfig" },
  { "x-middleware-subrequest": "middleware:middleware:middleware:middleware:middleware" },
  { "x-middleware-subrequest": "src/middleware", "next-router-prefetch": "1", rsc: "1" },
  {
    "x-forwarded-for": "127.0.0.1",
    "x-real-ip": "127.0.0.1",
    "x-forwarded-host": "localhost",
    forwarded: "for=127.0.0.1",
  },
  { "x-forwarded-user": "admin", "x-user": "admin", "x-remote-user": "admin", "x-workspace-id": "WORKSPACE" },
  { "x-forwarded-prefix": "/scim/v2/ServiceProviderConfig", "x-forwarded-path": "/ServiceProviderConfig" },
  { cookie: "session=TOKEN; __Host-session=TOKEN; token=TOKEN" },
  { "proxy-authorization": "Bearer TOKEN", "x-authorization": "Bearer TOKEN", "x-api-key": "TOKEN", token: "TOKEN" },
];

describe.each(adapters)("%s", (adapter, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let userPath: string;
  let before: string;

  beforeAll(async () => {
    workspace = await openWorkspace("paths");
    scim = open(workspace.token.secret);
    const { body } = await scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
    userPath = `/Users/${body.id}`;
    before = await digestOf(workspace);
  });

  const filled = (text: string) =>
    text.replaceAll("TOKEN", workspace.token.secret).replaceAll("WORKSPACE", workspace.id);

  async function send(method: string, path: string, headers: Record<string, string> = {}) {
    refillBuckets();
    const hasBody = method.startsWith("P");
    const type = hasBody ? { "content-type": "application/scim+json" } : {};
    const body = hasBody ? JSON.stringify(userBody(`x@${workspace.domain}`)) : undefined;
    const given = Object.entries(headers).map(([name, value]) => [name, filled(value)]);
    return sendBare(adapter, method, filled(path), { ...type, ...Object.fromEntries(given) }, body);
  }

  const guarded = () => ["/Users", userPath, "/Groups", "/.search", "/Bulk", "/Schemas", `/Schemas/${urn.user}`];

  /** Whether the URL of a Request resolves the dots of a path, so that this door is asked for another one: ServiceProviderConfig. */
  const isOpen = (path: string) =>
    adapter !== "server.ts" &&
    new URL(`http://muster.test/scim/v2${path}`).pathname === "/scim/v2/ServiceProviderConfig";

  async function expectRefused(method: string, path: string): Promise<void> {
    const { status, headers, text } = await send(method, path);
    if (!isOpen(path)) expect([401, 404], `${method} ${path}`).toContain(status);
    expect(headers.get("location")).toBeNull();
    expect(text).not.toContain(workspace.domain);
    if (text !== "") expectNothingInside(JSON.parse(text));
  }

  test.each(spellings)(
    "T17 %s, by any method, without a token: never 2xx, and never another place",
    async (_, spell) => {
      for (const path of guarded()) for (const method of methods) await expectRefused(method, spell(path));
      expect(await digestOf(workspace)).toBe(before);
    },
  );

  test.each(tricks)("T17 no header stands for a token: %o", async (headers) => {
    for (const path of [...guarded(), ""])
      for (const method of methods) {
        const { status } = await send(method, path, headers);
        expect(status, `${method} ${path}`).toBe(401);
      }
    expect(await digestOf(workspace)).toBe(before);
  });

  test("T17 every operation of the route table without a token, or with a wrong one, is 401, whatever it sends", async () => {
    for (const operation of operations.filter(({ kind }) => accessOf({ kind }) !== "nothing")) {
      for (const token of [null, "x", `${workspace.token.secret}x`, workspace.token.secret.slice(0, -1)]) {
        refillBuckets();
        const path = pathOf(operation.path, userPath.slice("/Users/".length));
        const answer = await open(token)(operation.method, path, bodyOf(operation, `x@${workspace.domain}`));
        expectError(answer, 401);
        expect(answer.headers.get("www-authenticate")).toContain("Bearer");
      }
    }
    expect(await digestOf(workspace)).toBe(before);
  });

  test("T17 with a token, a path that two programs may read differently is 404 by every method", async () => {
    const authorization = `Bearer ${workspace.token.secret}`;
    const spelled = [
      userPath.replace("/Users/", "/Users%2f"),
      `${userPath}%2f`,
      `${userPath}%2e`,
      `${userPath};x=1`,
      `${userPath}%00`,
      `/Groups%2f..${userPath}`,
      `/Groups/%2e%2e${userPath}`,
      `${userPath}/x`,
      `${userPath}%`,
      userPath.replace("/Users", "/Users.rsc"),
      userPath.replace("/Users", "/Users%5c"),
    ];
    const refused = spelled.filter((path) => new URL(`http://x${path}`).pathname === path || adapter === "server.ts");
    for (const path of refused) {
      for (const method of methods) {
        const answer = await sendBare(
          adapter,
          method,
          path,
          { authorization },
          method.startsWith("P") ? "{}" : undefined,
        );
        expect(answer.status, `${method} ${path}`).toBe(404);
      }
    }
    for (const id of [".json", ".", "%20", "%3f"]) expectError(await scim("GET", `${userPath}${id}`), 404);
    expect(await digestOf(workspace)).toBe(before);
  });

  test("T17 no header and no parameter makes another method of a request", async () => {
    const scopes = ["user_management:read"];
    const made = await createAccessToken(workspace.operator, { name: "R", scopes, expiresAt: null, connection: null });
    const state = await digestOf(workspace);
    for (const client of [scim, open(made.secret)]) {
      for (const override of ["DELETE", "PATCH", "PUT"]) {
        const headers = {
          "x-http-method-override": override,
          "x-http-method": override,
          "x-method-override": override,
        };
        expect((await client("GET", `${userPath}?_method=${override}`, undefined, headers)).status).toBe(200);
        expect((await client("HEAD", userPath, undefined, headers)).status).toBe(200);
      }
    }
    const patch = patchBody({ op: "replace", path: "active", value: false });
    expectError(await open(made.secret)("PATCH", userPath, patch, { "x-http-method-override": "GET" }), 403);
    expect(await digestOf(workspace)).toBe(state);
  });

  test("T17 HEAD answers as GET does, without a body; OPTIONS and unknown methods are 405 and open nothing to other origins", async () => {
    for (const { path } of operations.filter(({ method }) => method === "GET")) {
      const target = pathOf(path, nobody);
      const [get, head] = [await scim("GET", target), await scim("HEAD", target)];
      expect(head.status, target).toBe(get.status);
      expect(head.body).toEqual({});
    }
    for (const path of ["/Users", userPath, "/Bulk", "/.search", "/Schemas", "/ServiceProviderConfig"]) {
      const answer = await scim("OPTIONS", path, undefined, { origin: "https://evil.test" });
      expect(answer.status).toBe(405);
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      expect(answer.headers.get("allow")).toMatch(/GET|POST/);
    }
  });

  test("T37 discovery without a token is 401, by GET and HEAD, except ServiceProviderConfig", async () => {
    const discovery = operations.filter(({ kind }) => ["types", "type", "schemas", "schema", "config"].includes(kind));
    const names: Record<string, string> = { type: "User", schema: urn.user };
    expect(discovery).toHaveLength(5);
    for (const { path, kind } of discovery) {
      for (const method of ["GET", "HEAD"]) {
        const answer = await open(null)(method, pathOf(path, names[kind] ?? ""));
        expect(answer.status, path).toBe(kind === "config" ? 200 : 401);
        expectNothingInside(answer.body);
      }
      expectError(await open("wrong")("GET", pathOf(path, names[kind] ?? "")), 401);
    }
  });

  test("T37 ServiceProviderConfig tells nobody whose it is, nor which versions run", async () => {
    const { body, headers } = await open(null)("GET", "/ServiceProviderConfig");
    const text = JSON.stringify(body) + JSON.stringify([...headers]);
    for (const word of [workspace.domain, workspace.slug, workspace.id, "node", "next", "postgres", "0.1.0"])
      expect(text.toLowerCase()).not.toContain(word.toLowerCase());
    for (const name of ["server", "x-powered-by", "set-cookie"]) expect(headers.get(name)).toBeNull();
    for (const authorization of ["", "Bearer", "Basic Og=="])
      expect([200, 401]).toContain(
        (await open(null)("GET", "/ServiceProviderConfig", undefined, { authorization })).status,
      );
  });
});
