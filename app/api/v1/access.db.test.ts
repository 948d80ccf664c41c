import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { env } from "@/lib/env";
import { digestOf, expectNothingInside, refillBuckets } from "@/lib/provisioning/threats/support";
import { knownScopes } from "@/lib/scopes";
import { newOAuthToken } from "@/lib/workspace/access/oauth/token";
import { createAccessToken, revokeAccessToken, updateAccessToken } from "@/lib/workspace/access/tokens";
import { allows } from "@/lib/workspace/scopes";
import { answerApi } from "./answer";
import { apiClient, bodies, everything, type Filled, openApi, openFilled } from "./support";
import { endpoints } from "./table";

let ours: Filled;
beforeAll(async () => {
  ours = await openFilled("access");
});
beforeEach(() => {
  env().MUSTER_API_RATE = 0;
  refillBuckets();
});

const nobody = "00000000-0000-7000-8000-000000000000";
const filled = (path: string) => path.replace(/\{\w+\}/g, nobody);
const guarded = endpoints.filter(({ access }) => access !== "nobody");

describe("T07 what takes a scope is refused without it, before anything else", () => {
  test.each(guarded.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
    "%s",
    async (_, { access, id, method, path }) => {
      for (const scope of knownScopes) {
        const api = await openApi(ours, [scope]);
        const before = await digestOf(ours);
        const answer = await api(method, filled(path), bodies[id]);
        const isRefused = String(answer.body.detail).startsWith("This takes a token with the scope");
        const mayCall = access === "token" || (access !== "nobody" && allows([scope], access));
        expect(isRefused, `${scope} on ${access}`).toBe(!mayCall);
        if (mayCall) continue;
        expect(answer.body).toMatchObject({ status: 403, type: "urn:muster:problem:scope_missing" });
        expect(answer.body.detail).toContain(access);
        expect(await digestOf(ours)).toBe(before);
      }
    },
  );
});

describe("a token", () => {
  test.each(guarded.map(({ method, path, id }) => [method, path, id] as const))(
    "is needed by %s %s",
    async (method, path, id) => {
      for (const token of [
        null,
        "nonsense",
        `${ours.token.secret}x`,
        ours.token.secret.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
      ]) {
        const answer = await apiClient(token)(method, filled(path), bodies[id]);
        expect(answer.status).toBe(401);
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
      }
    },
  );

  test("T02 in the address is none", async () => {
    const answer = await apiClient(null)("GET", `/self?access_token=${ours.token.secret}`);
    expect(answer.status).toBe(401);
    expect(JSON.stringify(answer.body)).not.toContain(ours.token.secret);
  });

  test("that was issued for a while works as long, and no further than it was narrowed", async () => {
    const input = { name: "Client", scopes: everything, expiresAt: null, connection: null };
    const { secret, token } = await createAccessToken(ours.operator, input);
    const publicId = secret.slice(4, 12);
    const api = apiClient(await newOAuthToken({ publicId, seconds: 60, scopes: ["domain:read"] }));
    expect((await api("GET", "/self")).body).toMatchObject({
      token: { id: token.id, scopes: ["domain:read"], expiresAt: expect.any(String) },
    });
    expect((await api("GET", "/domains")).status).toBe(200);
    expect((await api("GET", "/members")).status).toBe(403);
    expect((await apiClient(await newOAuthToken({ publicId, seconds: -1 }))("GET", "/self")).status).toBe(401);
  });

  // D-14
  test("that was narrowed or revoked counts so at the next request", async () => {
    const input = { name: "Short", scopes: ["domain:read-write"], expiresAt: null, connection: null };
    const { secret, token } = await createAccessToken(ours.operator, input);
    const api = apiClient(secret);
    expect((await api("GET", "/domains")).status).toBe(200);
    await updateAccessToken(ours.operator, token.id, { name: "Short", scopes: ["webhook:read"] });
    expect((await api("GET", "/domains")).status).toBe(403);
    await revokeAccessToken(ours.operator, token.id);
    expect((await api("GET", "/self")).status).toBe(401);
  });

  test("T07 hears by its webhooks no more than it may read, and can't turn a wider one to itself", async () => {
    const { webhook, delivery } = ours.ids;
    const api = await openApi(ours, ["webhook:read-write", "domain:read"]);
    const url = "http://127.0.0.1:9/theirs";
    const before = await digestOf(ours);
    const refused: [string, string, object?][] = [
      ["POST", "/webhooks", { url }],
      ["POST", "/webhooks", { url, events: ["domain.added", "membership.created"] }],
      ["PATCH", `/webhooks/${webhook}`, { url }],
      ["PATCH", `/webhooks/${webhook}`, { events: ["domain.added"] }],
      ["POST", `/webhooks/${webhook}/rotate`, {}],
      ["DELETE", `/webhooks/${webhook}`],
      ["GET", `/webhooks/${webhook}/deliveries/${delivery}`],
    ];
    for (const [method, path, body] of refused) {
      const answer = await api(method, path, body);
      expect(answer.body, `${method} ${path}`).toMatchObject({ status: 403, type: "urn:muster:problem:scope_missing" });
    }
    expect(await digestOf(ours)).toBe(before);
    expect((await api("GET", `/webhooks/${webhook}/deliveries`)).body).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ subject: null })]),
    });
    const made = await api("POST", "/webhooks", { url, events: ["domain.added"] });
    expect(made.status).toBe(201);
    const { id } = made.body.webhook as { id: string };
    expect((await api("PATCH", `/webhooks/${id}`, { events: [] })).status).toBe(403);
    expect((await api("DELETE", `/webhooks/${id}`)).status).toBe(204);
  });
});

describe("the form of a request", () => {
  test("an unknown path is 404, a known one with another method 405 with Allow", async () => {
    const { api } = ours;
    for (const path of [
      "/nothing",
      "/members/",
      "//members",
      "/Members",
      "/members/x",
      "/members/%2e",
      "/openapi.yaml",
      "/teams/%2F",
      "",
    ])
      expect((await api("GET", path)).status, path).toBe(404);
    const wrong: [string, string, string][] = [
      ["DELETE", "/members", "GET, HEAD, POST"],
      ["PUT", "/workspace", "GET, HEAD, PATCH"],
      ["OPTIONS", "/self", "GET, HEAD"],
      ["POST", "/openapi.json", "GET, HEAD"],
      ["GET", `/members/${nobody}/invite`, "POST, DELETE"],
    ];
    for (const [method, path, allow] of wrong) {
      const answer = await api(method, path);
      expect([answer.status, answer.headers.get("allow")], `${method} ${path}`).toEqual([405, allow]);
    }
  });

  test("HEAD is GET without a body", async () => {
    const response = await answerApi(
      new Request("http://muster.test/api/v1/self", {
        method: "HEAD",
        headers: { authorization: `Bearer ${ours.token.secret}` },
      }),
    );
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  test("a body must be application/json (415), small (413) and JSON (400)", async () => {
    const { api } = ours;
    const send = (body: string, type: string) => api("POST", "/teams", body, { "content-type": type });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"])
      expect((await send('{"name":"a"}', type)).status, type).toBe(415);
    expect((await send('{"name":"With charset"}', "application/json; charset=utf-8")).status).toBe(201);
    expect((await send(JSON.stringify({ name: "x".repeat(70_000) }), "application/json")).status).toBe(413);
    for (const body of ["", "{", "[1", "nonsense", '{"name":"a\u0000"}', '{"name":"\\u0000"}', '{"name":"\\ud800"}'])
      expect((await send(body, "application/json")).status, body).toBe(400);
  });

  test("what does not fit is 422 with the field, and says nothing of the inside (T38)", async () => {
    const { api } = ours;
    const wrong: [object, string][] = [
      [{ name: 7 }, "name"],
      [{}, "name"],
      [{ name: "" }, "name"],
      [{ name: "x".repeat(201) }, "name"],
      [{ name: "a", workspaceId: nobody }, ""],
      [{ name: "a", id: nobody }, ""],
    ];
    for (const [body, field] of wrong) {
      const answer = await api("POST", "/teams", body);
      expect(answer.body, JSON.stringify(body)).toMatchObject({ status: 422, errors: [{ field }] });
      expectNothingInside(answer.body);
    }
    for (const path of [
      "/members?limit=0",
      "/members?limit=x",
      "/members?state=ended",
      "/members?offset=1",
      "/audit-events?from=yesterday",
      "/members?search=%00",
    ])
      expect((await api("GET", path)).status, path).toBe(400);
  });

  test("a cursor that was touched, or is for other filters, is refused", async () => {
    const { api } = ours;
    const { body } = await api("GET", "/members?limit=1");
    const cursor = String(body.nextCursor);
    expect((await api("GET", `/members?limit=2&cursor=${cursor}`)).status).toBe(200);
    for (const path of [
      `/members?cursor=${cursor.slice(0, -2)}AA`,
      `/members?cursor=${nobody}`,
      "/members?cursor=",
      `/members?state=active&cursor=${cursor}`,
      `/teams?cursor=${cursor}`,
    ])
      expect((await api("GET", path)).status, path).toBe(400);
  });
});

describe("rate", () => {
  test("each answer says what is left; beyond it is 429 with Retry-After, for this token alone", async () => {
    env().MUSTER_API_RATE = 1;
    const api = await openApi(ours, ["domain:read"]);
    const answers = [await api("GET", "/domains"), await api("GET", "/members"), await api("GET", "/domains")];
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 429]);
    expect(answers.map(({ headers }) => headers.get("ratelimit"))).toEqual([
      '"token";r=1;t=1',
      '"token";r=0;t=2',
      '"token";r=0;t=1',
    ]);
    expect(answers[0]?.headers.get("ratelimit-policy")).toBe('"token";q=2;w=2');
    expect(answers[2]?.headers.get("retry-after")).toBe("1");
    expect((await (await openApi(ours, ["domain:read"]))("GET", "/domains")).status).toBe(200);
  });

  test("T28, T29 an address that sends wrong tokens waits; a right token from there does not", async () => {
    const wrong = apiClient("nonsense");
    const from = { "x-remote-address": "203.0.113.7" };
    const statuses = new Set<number>();
    for (let at = 0; at < 130; at++) statuses.add((await wrong("GET", "/self", undefined, from)).status);
    expect([...statuses]).toEqual([401, 429]);
    expect((await ours.api("GET", "/self", undefined, from)).status).toBe(200);
  });
});
