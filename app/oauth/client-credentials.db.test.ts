import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { all, sql } from "@/lib/db";
import { adapters } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { refillBuckets } from "@/lib/provisioning/threats/support";
import { revokeOldSecrets, rotateOAuthClient } from "@/lib/workspace/access/oauth/client-secret";
import { listOAuthClients, revokeOAuthClient, updateOAuthClient } from "@/lib/workspace/access/oauth/clients";
import { newOAuthToken, readPresented } from "@/lib/workspace/access/oauth/token";
import { rotateAccessToken } from "@/lib/workspace/access/rotate-token";
import { listAccessTokens, revokeAccessToken } from "@/lib/workspace/access/tokens";
import { askToken, basic, introspect, issued, makeClient, makeCodeClient, revoke, type TestClient } from "./support";

const grant = { grant_type: "client_credentials" };
let workspace: TestWorkspace;
let other: TestWorkspace;
let client: TestClient;

beforeAll(async () => {
  [workspace, other] = [await openWorkspace("client"), await openWorkspace("client")];
  client = await makeClient(workspace);
});

beforeEach(refillBuckets);

/** The status of a read and of a write on each door. */
async function statusesOf(token: string): Promise<number[]> {
  const answers = adapters.flatMap(([, open]) => [
    open(token)("GET", "/Users?count=1"),
    open(token)("DELETE", "/Users/x"),
  ]);
  return (await Promise.all(answers)).map(({ status }) => status);
}

describe("client credentials", () => {
  test("R-68 the secret may stand in the header or in the form, and the header wins", async () => {
    const { clientId, secret, credentials } = client;
    for (const answer of [
      await askToken({ ...grant, ...credentials }),
      await askToken(grant, basic(clientId, secret)),
      await askToken(grant, basic(encodeURIComponent(clientId), encodeURIComponent(secret))),
      await askToken({ ...grant, client_id: clientId, client_secret: "wrong" }, basic(clientId, secret)),
    ]) {
      expect(answer).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 3_600 } });
      expect(answer.body.scope).toBe("user_management:read-write audit_log:read");
      expect(answer.body).not.toHaveProperty("refresh_token");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      expect(await statusesOf(String(answer.body.access_token))).toEqual([200, 404, 200, 404]);
    }
    const wrong = await askToken({ ...grant, ...credentials }, basic(clientId, "wrong"));
    expect(wrong.status, "a wrong header is wrong, whatever the form says").toBe(401);
  });

  test("T27 a wrong id, a wrong secret and none are the same 401 invalid_client", async () => {
    const { clientId, secret } = client;
    const stranger = await makeClient(other);
    const bodies = new Set<string>();
    for (const [id, shown] of [
      [clientId, "wrong"],
      [clientId, `${secret}x`],
      [clientId, stranger.secret],
      ["mst_AAAAAAAA", secret],
      ["nobody", secret],
      ["", secret],
    ] as const) {
      for (const answer of [
        await askToken(grant, basic(id, shown)),
        await askToken({ ...grant, client_id: id, client_secret: shown }),
      ]) {
        expect(answer).toMatchObject({ status: 401, body: { error: "invalid_client" } });
        expect(answer.headers.get("www-authenticate")).toMatch(/^Basic /);
        expect(answer.headers.get("cache-control")).toBe("no-store");
        bodies.add(JSON.stringify(answer.body));
      }
    }
    expect(bodies.size).toBe(1);
    expect(await askToken({ ...grant, client_id: clientId })).toMatchObject({ status: 401 });
  });

  test("T28 wrong secrets are slowed down by address, right ones are not", async () => {
    const headers = { "x-remote-address": "2001:db8:7::1" };
    const statuses = new Set<number>();
    for (let tries = 0; tries < 130; tries++)
      statuses.add((await askToken({ ...grant, ...client.credentials, client_secret: "x" }, headers)).status);
    expect([...statuses]).toEqual([401, 429]);
    const limited = await askToken(grant, { "x-remote-address": "2001:db8:7::2" });
    expect(limited).toMatchObject({ status: 429, body: { error: "slow_down" } });
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await askToken({ ...grant, ...client.credentials }, headers)).status).toBe(200);
  });

  test.each([1, 2, 6])("a token lasts the %i hours that its client says, and no second more", async (hours) => {
    const made = await makeClient(workspace, { tokenSeconds: hours * 3_600 });
    const began = Math.floor(Date.now() / 1000);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 }); // the server's clock is a day ahead
    const fresh = await askToken({ ...grant, ...made.credentials });
    vi.useRealTimers();
    expect(fresh.body.expires_in).toBe(hours * 3_600);
    const until = readPresented(String(fresh.body.access_token))?.issued?.until.getTime() ?? 0;
    expect(until / 1000 - hours * 3_600).toBeGreaterThanOrEqual(began);
    expect(until / 1000 - hours * 3_600).toBeLessThanOrEqual(Date.now() / 1000);
    const ended = await newOAuthToken({ publicId: made.clientId.slice(4), seconds: -1 });
    expect(await statusesOf(ended)).toEqual([401, 401, 401, 401]);
    expect(await statusesOf(String(fresh.body.access_token))).toEqual([200, 404, 200, 404]);
  });

  test("a lifetime outside one to six hours is refused", async () => {
    for (const tokenSeconds of [0, 3_599, 21_601, 3_600.5, Number.NaN])
      await expect(makeClient(workspace, { tokenSeconds })).rejects.toMatchObject({ reason: "client_not_valid" });
  });

  test("scopes: fewer may be asked for, scim means people, more or unknown ones are invalid_scope", async () => {
    const ask = (scope: string) => askToken({ ...grant, ...client.credentials, scope });
    const narrow = await ask("user_management:read");
    expect(narrow.body.scope).toBe("user_management:read");
    expect(await statusesOf(String(narrow.body.access_token))).toEqual([200, 403, 200, 403]);
    expect((await ask("scim")).body.scope).toBe("user_management:read-write");
    expect((await ask("audit_log:read user_management:read")).body.scope).toBe("user_management:read audit_log:read");
    for (const scope of ["audit_log:read-write", "webhook:read", "openid", "scim webhook:read", "__proto__"])
      expect(await ask(scope), scope).toMatchObject({ status: 400, body: { error: "invalid_scope" } });
    const auditor = await makeClient(workspace, { scopes: ["audit_log:read"] });
    expect((await askToken({ ...grant, ...auditor.credentials, scope: "scim" })).body.error).toBe("invalid_scope");
  });

  test("T07 scopes taken from the client are taken from its tokens with the very next request", async () => {
    const made = await makeClient(workspace);
    const [whole, narrow] = [await issued(made), await issued(made, { scope: "user_management:read-write" })];
    expect(await statusesOf(whole)).toEqual([200, 404, 200, 404]);
    expect(await statusesOf(narrow)).toEqual([200, 404, 200, 404]);
    const [row] = await listOAuthClients(workspace.id);
    if (!row) throw new Error("no client");
    await updateOAuthClient(workspace.operator, made.id, { ...row, scopes: ["user_management:read", "webhook:read"] });
    expect(await statusesOf(whole)).toEqual([200, 403, 200, 403]);
    expect(await statusesOf(narrow)).toEqual([200, 403, 200, 403]);
    expect((await introspect({ token: narrow, ...made.credentials })).body.scope).toBe("user_management:read");
    await updateOAuthClient(workspace.operator, made.id, { ...row, scopes: ["audit_log:read"] });
    expect(await statusesOf(narrow)).toEqual([403, 403, 403, 403]);
  });

  test("a client's secret opens nothing by itself", async () => {
    expect(await statusesOf(client.secret)).toEqual([401, 401, 401, 401]);
    expect(await statusesOf(client.clientId)).toEqual([401, 401, 401, 401]);
  });

  test("T05 a client of one workspace sees nothing of another", async () => {
    await other.scim("POST", "/Users", { schemas: [], userName: `only@${other.domain}` });
    const scim = adapters[0]?.[1](await issued(client));
    const { body } = (await scim?.("GET", "/Users")) ?? {};
    expect(JSON.stringify(body)).toContain(workspace.domain);
    expect(JSON.stringify(body)).not.toContain(other.domain);
  });

  test("forms that are none: too long, with a parameter twice, without or with an unknown grant", async () => {
    const error = async (fields: Record<string, string>) => (await askToken(fields)).body.error;
    expect(await error({ ...client.credentials })).toBe("invalid_request");
    for (const grant_type of ["password", "implicit", "urn:ietf:params:oauth:grant-type:token-exchange", "__proto__"])
      expect(await error({ ...client.credentials, grant_type })).toBe("unsupported_grant_type");
    for (const grant_type of ["authorization_code", "refresh_token"])
      expect(await error({ ...client.credentials, grant_type, code: "x", refresh_token: "x" })).toBe(
        "unauthorized_client",
      );
    expect(await error({ ...grant, ...client.credentials, scope: "x".repeat(40_000) })).toBe("invalid_request");
    const { POST } = await import("@/app/oauth/token/route");
    const body = `${new URLSearchParams({ ...grant, ...client.credentials })}&scope=scim&scope=scim`;
    const twice = await POST(new Request("http://muster.test/oauth/token", { method: "POST", body }));
    expect([twice.status, await twice.json()]).toMatchObject([400, { error: "invalid_request" }]);
  });
});

describe("secrets", () => {
  test("a rotated client keeps its id and its tokens; the old secret goes on for the overlap", async () => {
    const made = await makeClient(workspace);
    const before = await issued(made);
    const { client: row, secret } = await rotateOAuthClient(workspace.operator, made.id, "1h");
    expect(row).toMatchObject({ clientId: made.clientId, last4: secret.slice(-4) });
    expect(row.oldSecrets).toMatchObject([{ last4: made.secret.slice(-4), expiresAt: expect.any(String) }]);
    const statusWith = async (client_secret: string) =>
      (await askToken({ ...grant, client_id: made.clientId, client_secret })).status;
    expect([await statusWith(made.secret), await statusWith(secret)]).toEqual([200, 200]);
    expect((await statusesOf(before))[0]).toBe(200);
    await all(
      sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '1 second' WHERE "replacedById" = ${made.id}`,
    );
    expect([await statusWith(made.secret), await statusWith(secret)]).toEqual([401, 200]);
    expect((await statusesOf(before))[0], "what the old secret got goes on").toBe(200);
    const third = await rotateOAuthClient(workspace.operator, made.id, "none-set");
    expect([await statusWith(secret), await statusWith(third.secret)]).toEqual([200, 200]);
    await revokeOldSecrets(workspace.operator, made.id);
    expect([await statusWith(secret), await statusWith(third.secret)]).toEqual([401, 200]);
  });

  test("a revoked client gets no token, and those that it has are 401 at the very next request", async () => {
    const made = await makeClient(workspace);
    const token = await issued(made);
    const { secret } = await rotateOAuthClient(workspace.operator, made.id, "7d");
    expect(await statusesOf(token)).toEqual([200, 404, 200, 404]);
    await revokeOAuthClient(workspace.operator, made.id);
    expect(await statusesOf(token)).toEqual([401, 401, 401, 401]);
    for (const client_secret of [made.secret, secret])
      expect((await askToken({ ...grant, client_id: made.clientId, client_secret })).status).toBe(401);
    expect((await listOAuthClients(workspace.id)).map(({ id }) => id)).not.toContain(made.id);
    await expect(rotateOAuthClient(workspace.operator, made.id, "1h")).rejects.toMatchObject({ reason: "token_ended" });
  });

  test("T05 clients are not access tokens: neither listed nor rotated nor revoked as such, and none of another workspace", async () => {
    const listed = await listAccessTokens(workspace.id);
    expect(listed.map(({ id }) => id)).toEqual([workspace.token.id]);
    for (const operator of [workspace.operator, other.operator]) {
      await expect(revokeAccessToken(operator, client.id)).rejects.toMatchObject({ reason: "not_found" });
      await expect(rotateAccessToken(operator, client.id, "1h")).rejects.toMatchObject({ reason: "not_found" });
    }
    for (const act of [
      () => revokeOAuthClient(other.operator, client.id),
      () => rotateOAuthClient(other.operator, client.id, "1h"),
      () => revokeOAuthClient(workspace.operator, workspace.token.id),
    ])
      await expect(act()).rejects.toMatchObject({ reason: "not_found" });
    expect((await listOAuthClients(other.id)).map(({ id }) => id)).not.toContain(client.id);
  });

  test("T01 the database holds no secret, no code and no token", async () => {
    const token = await issued(client);
    const rows = await all<{ row: string }>(sql`
      SELECT t::text AS row FROM "AccessToken" t UNION ALL SELECT o::text FROM "OAuthClient" o UNION ALL SELECT g::text FROM "OAuthGrant" g
      UNION ALL SELECT r::text FROM "OAuthRevocation" r UNION ALL SELECT e::text FROM "AuditEvent" e`);
    for (const secret of [client.secret.slice(13), token])
      expect(rows.filter(({ row }) => row.includes(secret))).toEqual([]);
  });

  test("two rotations at once leave one secret, and both old ones", async () => {
    const made = await makeClient(workspace);
    const both = await Promise.all([1, 2].map(() => rotateOAuthClient(workspace.operator, made.id, "1h")));
    const [row] = (await listOAuthClients(workspace.id)).filter(({ id }) => id === made.id);
    expect(row?.oldSecrets).toHaveLength(2);
    for (const { secret } of both)
      expect((await askToken({ ...grant, client_id: made.clientId, client_secret: secret })).status).toBe(200);
  });
});

describe("introspection and revocation", () => {
  test("RFC 7662 a live token is described to clients of its workspace, and to itself", async () => {
    const token = await issued(client, { scope: "user_management:read" });
    const about = { active: true, scope: "user_management:read", client_id: client.clientId, sub: workspace.id };
    const { body } = await introspect({ token, ...client.credentials });
    expect(body).toMatchObject({ ...about, token_type: "Bearer", iss: "http://muster.test" });
    expect(Math.abs(Number(body.exp) - Date.now() / 1000 - 3_600)).toBeLessThan(10);
    expect((await introspect({}, { authorization: `Bearer ${token}` })).body).toEqual(body);
    const neighbour = await makeCodeClient(workspace);
    expect((await introspect({ token }, basic(neighbour.clientId, neighbour.secret))).body).toEqual(body);
    expect((await introspect({ token: workspace.token.secret, ...client.credentials })).body).toMatchObject({
      active: true,
      scope: "user_management:read-write",
    });
  });

  test("RFC 7662 everything else is inactive, and says no more; nobody unknown may ask", async () => {
    const token = await issued(client);
    const stranger = await makeClient(other);
    expect((await introspect({ token, ...stranger.credentials })).body).toEqual({ active: false });
    expect((await introspect({ ...client.credentials })).body).toMatchObject({ error: "invalid_request" });
    for (const wrong of ["x", `${token}x`, client.secret, client.clientId, `mso_${"A".repeat(80)}`])
      expect((await introspect({ token: wrong, ...client.credentials })).body, wrong).toEqual({ active: false });
    expect((await introspect({}, { authorization: "Bearer x" })).body).toEqual({ active: false });
    expect(await introspect({ token })).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    const wrongSecret = await introspect({ token }, basic(client.clientId, "wrong"));
    expect(wrongSecret).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  });

  test("RFC 7009 a revoked token is 401 at the very next request on both doors, its sister is not", async () => {
    const [token, sister] = [await issued(client), await issued(client)];
    for (const _ of [1, 2]) expect(await statusesOf(token), "and is remembered").toEqual([200, 404, 200, 404]);
    const answer = await revoke({ token, token_type_hint: "access_token", ...client.credentials });
    expect([answer.status, answer.body]).toEqual([200, {}]);
    expect(await statusesOf(token)).toEqual([401, 401, 401, 401]);
    expect(await statusesOf(sister)).toEqual([200, 404, 200, 404]);
    expect((await introspect({ token, ...client.credentials })).body).toEqual({ active: false });
    expect((await revoke({ token, ...client.credentials })).status, "twice is the same").toBe(200);
  });

  test("RFC 7009 only its own client revokes a token; what is none is revoked already", async () => {
    const token = await issued(client);
    for (const stranger of [await makeClient(other), await makeClient(workspace)])
      expect(await revoke({ token, ...stranger.credentials })).toMatchObject({
        status: 400,
        body: { error: "invalid_grant" },
      });
    expect((await revoke({ token })).status).toBe(401);
    expect((await revoke({ token: "x", ...client.credentials })).status).toBe(200);
    expect((await statusesOf(token))[0]).toBe(200);
  });
});

test("an access token is a client as it always was: tokens of it are revoked one by one, and end with it", async () => {
  const { secret } = workspace.token;
  const credentials = { client_id: secret.slice(0, 12), client_secret: secret };
  const ask = async () => String((await askToken({ ...grant, ...credentials })).body.access_token);
  const [first, second] = [await ask(), await ask()];
  expect((await revoke({ token: first, ...credentials })).status).toBe(200);
  expect([await statusesOf(first), await statusesOf(second)].map(([status]) => status)).toEqual([401, 200]);
  expect(await revoke({ token: secret, ...credentials })).toMatchObject({
    status: 400,
    body: { error: "unsupported_token_type" },
  });
  expect((await listOAuthClients(workspace.id)).map(({ id }) => id)).not.toContain(workspace.token.id);
  await revokeAccessToken(workspace.operator, workspace.token.id);
  expect((await statusesOf(second))[0]).toBe(401);
});
