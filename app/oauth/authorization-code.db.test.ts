import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { POST as decide } from "@/app/api/workspaces/[workspace]/oauth-consents/route";
import { openSession } from "@/lib/auth";
import { all, one, sql } from "@/lib/db";
import { readAuthorization } from "@/lib/oauth/authorize";
import { adapters } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { refillBuckets } from "@/lib/provisioning/threats/support";
import { listOAuthClients, revokeOAuthClient, updateOAuthClient } from "@/lib/workspace/access/oauth/clients";
import {
  askingQuery,
  askToken,
  challengeOf,
  codeFor,
  consent,
  introspect,
  makeClient,
  makeCodeClient,
  redirectUri,
  revoke,
  spendCode,
  spendRefresh,
  type TestClient,
} from "./support";

let workspace: TestWorkspace;
let other: TestWorkspace;
let client: TestClient;

beforeAll(async () => {
  [workspace, other] = [await openWorkspace("codes"), await openWorkspace("codes")];
  client = await makeCodeClient(workspace);
});

beforeEach(refillBuckets);

async function statusesOf(token: unknown): Promise<number[]> {
  const answers = adapters.map(([, open]) => open(String(token))("GET", "/Users?count=1"));
  return (await Promise.all(answers)).map(({ status }) => status);
}

async function actionsOf(action: string): Promise<number> {
  const rows = await all(
    sql`SELECT id FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND action = ${action} AND "targetId" = ${client.id}`,
  );
  return rows.length;
}

/** Tokens of a consent of its own. */
async function tokensOf(of = client) {
  const { body } = await spendCode(of, await codeFor(workspace, of));
  return { access: String(body.access_token), refresh: String(body.refresh_token) };
}

const invalidGrant = { status: 400, body: { error: "invalid_grant" } };

describe("the authorization request", () => {
  test("is shown to an admin with the scopes of the client, or with fewer that were asked for", async () => {
    const all = await readAuthorization(askingQuery(client, { state: "s" }));
    const scopes = ["user_management:read-write", "audit_log:read"];
    expect(all).toMatchObject({
      kind: "consent",
      client: { name: "Okta", workspaceId: workspace.id },
      scopes,
      redirectUri,
    });
    const few = await readAuthorization(askingQuery(client, { scope: "user_management:read" }));
    expect(few).toMatchObject({ kind: "consent", scopes: ["user_management:read"] });
    expect(await one(sql`SELECT id FROM "OAuthGrant" LIMIT 1`), "reading writes nothing").toBeNull();
  });

  test("goes back with code, state and issuer when it was allowed, and with access_denied when not", async () => {
    const state = "a b&c=d#e";
    const back = await consent(workspace, client, { state });
    expect(back.href.startsWith(`${redirectUri}&code=msc_`)).toBe(true);
    expect(back.searchParams.get("state")).toBe(state);
    expect(back.searchParams.get("iss")).toBe("http://muster.test");
    expect(await actionsOf("oauth.consent_given")).toBe(1);
    const denied = await callDecide(await adminCookie(workspace), { allow: false, more: { state } });
    const location = new URL(denied.body.location ?? "");
    expect(location.href.startsWith(`${redirectUri}&error=access_denied&`)).toBe(true);
    expect([location.searchParams.get("state"), location.searchParams.get("code")]).toEqual([state, null]);
    expect(await actionsOf("oauth.consent_denied")).toBe(1);
  });

  test("with something else wrong is told to the client, once its address is known to be right", async () => {
    const fields: [Record<string, string>, string][] = [
      [{ response_type: "token" }, "unsupported_response_type"],
      [{ response_type: "" }, "invalid_request"],
      [{ scope: "webhook:read" }, "invalid_scope"],
      [{ scope: "nonsense" }, "invalid_scope"],
      [{ code_challenge: "x", code_challenge_method: "S256" }, "invalid_request"],
      [{ code_challenge: challengeOf("v"), code_challenge_method: "plain" }, "invalid_request"],
      [{ state: "\u0000" }, "invalid_request"],
    ];
    for (const [more, error] of fields) {
      const read = await readAuthorization(askingQuery(client, { ...more }));
      expect(read, JSON.stringify(more)).toMatchObject({ kind: "failed" });
      const location = new URL(read.kind === "failed" ? read.location : "");
      expect([location.host, location.searchParams.get("error")]).toEqual(["okta.example", error]);
    }
  });

  test("T25 the parameter of the library that denies by itself is not heeded", async () => {
    expect(await readAuthorization(askingQuery(client, { allowed: "false" }))).toMatchObject({ kind: "consent" });
  });

  const payloads = [
    "",
    "//evil.test",
    "https://evil.test",
    "https://evil.test/oauth/callback?app=1",
    "https://okta.example",
    "https://okta.example/",
    "https://okta.example/oauth/callback",
    "https://okta.example/oauth/callback?app=2",
    "https://okta.example/oauth/callback?app=1&x=1",
    "https://okta.example/oauth/callback?app=1#",
    "https://okta.example/oauth/callback?app=1#x",
    "https://okta.example/oauth/callback/?app=1",
    "https://okta.example/oauth/callback/../callback?app=1",
    "https://okta.example/oauth/%63allback?app=1",
    "https://okta.example//oauth/callback?app=1",
    "https://okta.example:443/oauth/callback?app=1",
    "https://okta.example:8443/oauth/callback?app=1",
    "https://okta.example./oauth/callback?app=1",
    "https://OKTA.example/oauth/callback?app=1",
    "HTTPS://okta.example/oauth/callback?app=1",
    "http://okta.example/oauth/callback?app=1",
    "https://okta.example@evil.test/oauth/callback?app=1",
    "https://evil.test\\@okta.example/oauth/callback?app=1",
    "https://okta.example\\.evil.test/oauth/callback?app=1",
    "https://okta.example.evil.test/oauth/callback?app=1",
    "https://evil-okta.example/oauth/callback?app=1",
    "https://okta.example%2eevil.test/oauth/callback?app=1",
    "https://okta.example%00.evil.test/oauth/callback?app=1",
    " https://okta.example/oauth/callback?app=1",
    "https://okta.example/oauth/callback?app=1 ",
    "https://okta.example/oauth/callback?app=1\r\nLocation: https://evil.test",
    "https://okta.example/oauth/callback?app=1%0d%0aLocation:%20https://evil.test",
    "\thttps://okta.example/oauth/callback?app=1",
    "https:okta.example/oauth/callback?app=1",
    "https:/okta.example/oauth/callback?app=1",
    "https:///okta.example/oauth/callback?app=1",
    "//okta.example/oauth/callback?app=1",
    "/oauth/callback?app=1",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://okta.example/oauth/callback?app=1&redirect_uri=https://evil.test",
    "https://xn--okt-7ka.example/oauth/callback?app=1",
    "*",
    "null",
    "urn:ietf:wg:oauth:2.0:oob",
  ];

  test.each(payloads)("T25 %j is not the registered address: nobody is sent anywhere", async (redirect_uri) => {
    const query = askingQuery(client, { redirect_uri, state: "s", scope: "nonsense" });
    expect(await readAuthorization(query)).toMatchObject({ kind: "refused" });
    const answer = await callDecide(await adminCookie(workspace), { allow: true, more: { redirect_uri } });
    expect(answer).toMatchObject({ status: 422, body: { error: { code: "client_not_valid" } } });
  });

  test("T25 an unknown client, one of another kind, a revoked one, or a parameter twice: shown here", async () => {
    const secretive = await makeClient(workspace);
    const gone = await makeCodeClient(workspace);
    await revokeOAuthClient(workspace.operator, gone.id);
    const twice = askingQuery(client);
    twice.append("redirect_uri", "https://evil.test");
    const nobody = askingQuery({ ...client, clientId: "mst_AAAAAAAA" });
    for (const query of [askingQuery(secretive), askingQuery(gone), twice, nobody, new URLSearchParams()])
      expect(await readAuthorization(query)).toMatchObject({ kind: "refused" });
  });

  test("addresses that can't be a client's are refused when it is made", async () => {
    for (const uri of [
      "http://okta.example/cb",
      "https://okta.example/cb#x",
      "https://*.okta.example/cb",
      "https://user@okta.example/cb",
      "https://okta.example\\evil",
      "javascript:alert(1)",
      "okta",
      `https://okta.example/${"x".repeat(2_000)}`,
      "https://okta.example/ü",
    ])
      await expect(makeCodeClient(workspace, { redirectUris: [uri] }), uri).rejects.toMatchObject({
        reason: "client_not_valid",
      });
    await expect(makeCodeClient(workspace, { redirectUris: [] })).rejects.toMatchObject({ reason: "client_not_valid" });
    await makeCodeClient(workspace, { redirectUris: ["http://127.0.0.1:8080/cb", "http://localhost/cb"] });
  });
});

type Decision = { status: number; body: { location?: string; error?: { code: string } } };

async function adminCookie({ domain }: TestWorkspace, name = "admin"): Promise<string> {
  const user = await one<{ id: string }>(sql`SELECT id FROM "User" WHERE "emailKey" = ${`${name}@${domain}`}`);
  return (await openSession(user?.id ?? "", { address: null, agent: null })).split(";")[0] ?? "";
}

async function callDecide(
  cookie: string | null,
  { allow = true, more = {}, slug = workspace.slug, origin = "http://muster.test" as string | null } = {},
): Promise<Decision> {
  const headers = { ...(cookie && { cookie }), ...(origin && { origin }) };
  const body = JSON.stringify({ query: askingQuery(client, more).toString(), allow });
  const request = new Request("http://muster.test/consent", { method: "POST", headers, body });
  const response = await decide(request, { params: Promise.resolve({ workspace: slug }) });
  return { status: response.status, body: await response.json() };
}

describe("consent", () => {
  test("T23 needs our own Origin, T05 an admin of the client's workspace", async () => {
    await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
    const [admin, member, stranger] = [
      await adminCookie(workspace),
      await adminCookie(workspace, "lin"),
      await adminCookie(other),
    ];
    const count = async () => (await all(sql`SELECT id FROM "OAuthGrant"`)).length;
    const before = await count();
    for (const origin of [null, "null", "https://okta.example", "https://muster.test"])
      expect((await callDecide(admin, { origin })).status).toBe(403);
    expect((await callDecide(null)).status).toBe(401);
    expect((await callDecide(member)).status).toBe(403);
    expect((await callDecide(stranger)).status, "an admin of another workspace").toBe(404);
    expect((await callDecide(stranger, { slug: other.slug })).status, "by the other workspace's address").toBe(404);
    expect(await count()).toBe(before);
    expect((await callDecide(admin)).status).toBe(200);
    expect(await count()).toBe(before + 1);
  });
});

describe("codes", () => {
  test("a code becomes an access token for both doors and a refresh token", async () => {
    const answer = await spendCode(client, await codeFor(workspace, client));
    expect(answer).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 3_600 } });
    expect(answer.body.scope).toBe("user_management:read-write audit_log:read");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await statusesOf(answer.body.access_token)).toEqual([200, 200]);
    expect((await statusesOf(answer.body.refresh_token))[0], "a refresh token is no access token").toBe(401);
    const [row] = (await listOAuthClients(workspace.id)).filter(({ id }) => id === client.id);
    expect(row?.consent).toMatchObject({ by: "Test" });
  });

  test("T34 a code that is shown twice ends everything that came from it, on both doors at once", async () => {
    const code = await codeFor(workspace, client);
    const { body } = await spendCode(client, code);
    const other = await tokensOf();
    for (const _ of [1, 2]) expect(await statusesOf(body.access_token)).toEqual([200, 200]);
    expect(await spendCode(client, code)).toMatchObject(invalidGrant);
    expect(await statusesOf(body.access_token)).toEqual([401, 401]);
    expect(await spendRefresh(client, body.refresh_token)).toMatchObject(invalidGrant);
    expect(await statusesOf(other.access), "another consent is another family").toEqual([200, 200]);
    expect(await actionsOf("oauth.consent_ended")).toBe(1);
  });

  test("T34 of two that use a code at once at most one gets tokens, and then they have ended", async () => {
    const code = await codeFor(workspace, client);
    const answers = await Promise.all([1, 2, 3].map(() => spendCode(client, code)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good.length).toBeLessThanOrEqual(1);
    for (const { body } of good) {
      expect(await statusesOf(body.access_token)).toEqual([401, 401]);
      expect(await spendRefresh(client, body.refresh_token)).toMatchObject(invalidGrant);
    }
  });

  test("a code is its client's, for a minute, with the same redirect address", async () => {
    const wrong = { ...client, credentials: { ...client.credentials, client_secret: "wrong" } };
    const neighbour = await makeCodeClient(workspace);
    const stranger = await makeCodeClient(other);
    const code = await codeFor(workspace, client);
    expect(await spendCode(wrong, code)).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    for (const thief of [neighbour, stranger]) expect(await spendCode(thief, code)).toMatchObject(invalidGrant);
    expect((await spendCode(client, code)).status, "and the owner was not hurt by them").toBe(200);
    for (const redirect_uri of ["https://okta.example/oauth/callback", "https://evil.test", ""]) {
      const other = await codeFor(workspace, client);
      expect((await spendCode(client, other, { redirect_uri })).body.error).toMatch(/^invalid_(grant|request)$/);
      expect(await spendCode(client, other), "it is used up").toMatchObject(invalidGrant);
    }
    const old = await codeFor(workspace, client);
    await all(
      sql`UPDATE "OAuthGrant" SET "expiresAt" = now() - interval '1 second' WHERE kind = 'code' AND "usedAt" IS NULL`,
    );
    expect(await spendCode(client, old)).toMatchObject(invalidGrant);
    expect(await spendCode(client, "msc_nonsense")).toMatchObject(invalidGrant);
  });

  test("what was consented to is all that its tokens may, also when the client may more by now", async () => {
    const made = await makeCodeClient(workspace, { scopes: ["user_management:read"] });
    const { access, refresh } = await tokensOf(made);
    const [row] = (await listOAuthClients(workspace.id)).filter(({ id }) => id === made.id);
    if (!row) throw new Error("no client");
    await updateOAuthClient(workspace.operator, made.id, { ...row, scopes: ["user_management:read-write"] });
    const next = await spendRefresh(made, refresh);
    for (const token of [access, String(next.body.access_token)]) {
      expect((await introspect({ token, ...made.credentials })).body.scope).toBe("user_management:read");
      for (const [, open] of adapters) expect((await open(token)("DELETE", "/Users/x")).status).toBe(403);
    }
  });
});

describe("PKCE (RFC 7636)", () => {
  const verifier = "v".repeat(43);
  const pkce = { code_challenge: challengeOf(verifier), code_challenge_method: "S256" };

  test("the verifier of the challenge is needed, and a wrong one uses the code up", async () => {
    const right = await codeFor(workspace, client, pkce);
    expect((await spendCode(client, right, { code_verifier: verifier })).status).toBe(200);
    for (const code_verifier of ["w".repeat(43), "", "short", challengeOf(verifier)]) {
      const code = await codeFor(workspace, client, pkce);
      expect((await spendCode(client, code, { code_verifier })).body.error).toMatch(/^invalid_(grant|request)$/);
      expect(await spendCode(client, code, { code_verifier: verifier })).toMatchObject(invalidGrant);
    }
    const plain = await codeFor(workspace, client);
    expect(await spendCode(client, plain, { code_verifier: verifier }), "no challenge, no verifier").toMatchObject(
      invalidGrant,
    );
  });

  test("a public client has no secret, must send a challenge, and gets tokens by its verifier alone", async () => {
    const made = await makeCodeClient(workspace, { isPublic: true });
    expect(made.secret).toBe("");
    const bare = await readAuthorization(askingQuery(made));
    expect(bare).toMatchObject({ kind: "failed", location: expect.stringContaining("error=invalid_request") });
    const { body } = await spendCode(made, await codeFor(workspace, made, pkce), { code_verifier: verifier });
    expect(await statusesOf(body.access_token)).toEqual([200, 200]);
    expect((await spendRefresh(made, body.refresh_token)).status).toBe(200);
    const wrong = await spendCode(made, await codeFor(workspace, made, pkce), { code_verifier: "w".repeat(43) });
    expect(wrong).toMatchObject(invalidGrant);
  });

  test("a client with a secret must show it, also with a right verifier", async () => {
    const code = await codeFor(workspace, client, pkce);
    const bare = { ...client, credentials: { client_id: client.clientId } };
    expect(await spendCode(bare, code, { code_verifier: verifier })).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
  });
});

describe("refresh tokens", () => {
  test("are good once: each use gives another, and both access tokens go on", async () => {
    const first = await tokensOf();
    const { status, body } = await spendRefresh(client, first.refresh);
    expect([status, body.scope]).toEqual([200, "user_management:read-write audit_log:read"]);
    expect(body.refresh_token).not.toBe(first.refresh);
    expect([await statusesOf(first.access), await statusesOf(body.access_token)].flat()).toEqual([200, 200, 200, 200]);
    expect((await spendRefresh(client, body.refresh_token)).status).toBe(200);
  });

  test("T34 one that is shown again ends the family: every access and refresh token of it", async () => {
    const first = await tokensOf();
    const second = await spendRefresh(client, first.refresh);
    for (const _ of [1, 2]) expect(await statusesOf(second.body.access_token)).toEqual([200, 200]);
    expect(await spendRefresh(client, first.refresh)).toMatchObject(invalidGrant);
    for (const token of [first.access, second.body.access_token]) expect(await statusesOf(token)).toEqual([401, 401]);
    expect(await spendRefresh(client, second.body.refresh_token)).toMatchObject(invalidGrant);
  });

  test("T34 two at once end the family, too, and nothing of it lives on", async () => {
    const { access, refresh } = await tokensOf();
    const answers = await Promise.all([1, 2].map(() => spendRefresh(client, refresh)));
    expect(await statusesOf(access)).toEqual([401, 401]);
    for (const { body } of answers.filter(({ status }) => status === 200)) {
      expect(await statusesOf(body.access_token)).toEqual([401, 401]);
      expect(await spendRefresh(client, body.refresh_token)).toMatchObject(invalidGrant);
    }
  });

  test("may ask for less, never for more; the next one is as wide as the first", async () => {
    const { refresh } = await tokensOf();
    const less = await spendRefresh(client, refresh, { scope: "user_management:read" });
    expect(less.body.scope).toBe("user_management:read");
    for (const [, open] of adapters)
      expect((await open(String(less.body.access_token))("DELETE", "/Users/x")).status).toBe(403);
    const whole = await spendRefresh(client, less.body.refresh_token);
    expect(whole.body.scope).toBe("user_management:read-write audit_log:read");
    const more = await spendRefresh(client, whole.body.refresh_token, { scope: "webhook:read" });
    expect(more).toMatchObject({ status: 400, body: { error: "invalid_scope" } });
  });

  test("are their client's, and end after a year without use", async () => {
    const { refresh } = await tokensOf();
    for (const thief of [await makeCodeClient(workspace), await makeCodeClient(other)])
      expect(await spendRefresh(thief, refresh)).toMatchObject(invalidGrant);
    expect((await askToken({ grant_type: "refresh_token", refresh_token: refresh })).status).toBe(401);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 366 * 86_400_000 });
    expect(await spendRefresh(client, refresh)).toMatchObject(invalidGrant);
    vi.useRealTimers();
    expect((await spendRefresh(client, refresh)).status).toBe(200);
  });

  test("RFC 7009 revoking one ends all that came from its consent; revoking an access token only that", async () => {
    const first = await tokensOf();
    const second = await tokensOf();
    await revoke({ token: second.access, ...client.credentials });
    expect((await spendRefresh(client, second.refresh)).status).toBe(200);
    expect(await statusesOf(first.access)).toEqual([200, 200]);
    const answer = await revoke({ token: first.refresh, token_type_hint: "refresh_token", ...client.credentials });
    expect(answer.status).toBe(200);
    expect(await statusesOf(first.access)).toEqual([401, 401]);
    expect(await spendRefresh(client, first.refresh)).toMatchObject(invalidGrant);
  });

  test("end with their client", async () => {
    const made = await makeCodeClient(workspace);
    const { access, refresh } = await tokensOf(made);
    expect(await statusesOf(access)).toEqual([200, 200]);
    await revokeOAuthClient(workspace.operator, made.id);
    expect(await statusesOf(access)).toEqual([401, 401]);
    expect(await spendRefresh(made, refresh)).toMatchObject({ status: 401 });
  });
});

test("T01 the database holds neither code nor refresh token", async () => {
  const code = await codeFor(workspace, client);
  const { body } = await spendCode(client, code);
  const rows = await all<{ row: string }>(
    sql`SELECT g::text AS row FROM "OAuthGrant" g UNION ALL SELECT e::text FROM "AuditEvent" e UNION ALL SELECT r::text FROM "OAuthRevocation" r`,
  );
  for (const secret of [code, String(body.refresh_token), String(body.access_token)])
    expect(rows.filter(({ row }) => row.includes(secret.slice(4)))).toEqual([]);
});
