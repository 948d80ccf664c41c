import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { run, sql } from "@/lib/db";
import { adapters } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { refillBuckets } from "@/lib/provisioning/threats/support";
import type { NewOAuthClient } from "@/lib/workspace/access/oauth/clients";
import { askToken, introspect, makeClient, type TestClient } from "./support";

process.env.MUSTER_OUTGOING_LOOPBACK = "on"; // the issuer of these tests is on this machine

// Workload identity federation (RFC 7523 §2.2; S22), with an issuer that publishes its keys over HTTP.

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

const app = "b5ba7a93-4452-4522-aeb4-a2b5da870c16";
const subject = "d2f8ee76-c549-45b8-a143-f5b640669704";
const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

let server: Server;
let issuer: string;
let keys: Keys;
let published: JWK[];
let asked: string[] = [];
let workspace: TestWorkspace;
let other: TestWorkspace;
let client: TestClient;

beforeAll(async () => {
  keys = await generateKeyPair("RS256", { extractable: true });
  published = [{ ...(await exportJWK(keys.publicKey)), kid: "1", alg: "RS256", use: "sig" }];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const json = (body: object) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url === "/tenant/v2.0/.well-known/openid-configuration")
      return json({ issuer, jwks_uri: `${new URL(issuer).origin}/keys` });
    if (request.url === "/keys") return json({ keys: published });
    if (request.url === "/away") return response.writeHead(302, { location: "/keys" }).end();
    if (request.url === "/endless") return response.writeHead(200).end(`{"keys":[${" ".repeat(1_000_000)}]}`);
    return response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tenant/v2.0`;
  [workspace, other] = [await openWorkspace("wif"), await openWorkspace("wif")];
  client = await makeFederated();
});

afterAll(() => void server.close());

beforeEach(() => {
  refillBuckets();
  asked = [];
});

function makeFederated(more: Partial<NewOAuthClient> = {}, of = workspace): Promise<TestClient> {
  const jwksUri = `${new URL(issuer).origin}/keys`;
  const trusted = { issuer, subject, audiences: [`api://${app}/.default`], jwksUri };
  return makeClient(of, { kind: "federation", name: "Entra", ...trusted, ...more });
}

const now = () => Math.floor(Date.now() / 1_000);

/** What Entra puts into an assertion. */
function claims(more: Record<string, unknown> = {}): JWTPayload {
  const times = { iat: now(), nbf: now(), exp: now() + 3_600 };
  const ids = {
    oid: subject,
    sub: subject,
    azp: app,
    tid: "ce5f061f-abe6-4e40-9615-301f87bcb7f0",
    uti: "u",
    ver: "2.0",
  };
  return { aud: app, iss: issuer, ...times, ...ids, ...more };
}

function sign(payload: JWTPayload, key: Keys["privateKey"] | Uint8Array = keys.privateKey, alg = "RS256", kid = "1") {
  return new SignJWT(payload).setProtectedHeader({ alg, kid, typ: "JWT" }).sign(key);
}

const ask = (assertion: string, of = client, more: Record<string, string> = {}) =>
  askToken({
    grant_type: "client_credentials",
    client_id: of.clientId,
    client_assertion_type: type,
    client_assertion: assertion,
    ...more,
  });

describe("an assertion of the issuer", () => {
  test("gets a token for both doors, as Entra asks for it", async () => {
    expect(client.secret, "there is no secret to keep").toBe("");
    const answer = await ask(await sign(claims()), client, { scope: "scim" });
    expect(answer).toMatchObject({ status: 200, body: { token_type: "Bearer", scope: "user_management:read-write" } });
    for (const [, open] of adapters)
      expect((await open(String(answer.body.access_token))("GET", "/Users?count=1")).status).toBe(200);
  });

  test("may be used again until it expires", async () => {
    const assertion = await sign(claims());
    expect((await Promise.all([ask(assertion), ask(assertion)])).map(({ status }) => status)).toEqual([200, 200]);
  });

  test.each([app, `api://${app}`, `api://${app}/.default`])("may name its audience as %s", async (aud) => {
    expect((await ask(await sign(claims({ aud })))).status).toBe(200);
    for (const audiences of [[app], [`api://${app}`]])
      expect((await ask(await sign(claims({ aud })), await makeFederated({ audiences }))).status).toBe(200);
  });

  test("needs neither oid nor azp, and may say appid", async () => {
    const { oid: _, azp: __, ...bare } = claims();
    expect((await ask(await sign(bare))).status).toBe(200);
    expect((await ask(await sign({ ...bare, appid: app }))).status).toBe(200);
  });

  test("finds its keys by discovery when no address is named", async () => {
    const made = await makeFederated({ jwksUri: null });
    expect((await ask(await sign(claims()), made)).status).toBe(200);
    expect(asked).toEqual(["/tenant/v2.0/.well-known/openid-configuration", "/keys"]);
  });

  test("also introspects", async () => {
    const { body } = await ask(await sign(claims()));
    const proof = { client_id: client.clientId, client_assertion_type: type, client_assertion: await sign(claims()) };
    expect((await introspect({ token: String(body.access_token), ...proof })).body).toMatchObject({ active: true });
  });
});

describe("is refused as invalid_client", () => {
  const refusals: [string, () => Promise<string> | string][] = [
    ["of another issuer", () => sign(claims({ iss: `${issuer}/x` }))],
    ["of another issuer, by a slash", () => sign(claims({ iss: `${issuer}/` }))],
    ["without an issuer", () => sign(claims({ iss: undefined }))],
    ["for another audience", () => sign(claims({ aud: "https://other.example" }))],
    ["for another application", () => sign(claims({ aud: `api://${subject}` }))],
    ["without an audience", () => sign(claims({ aud: undefined }))],
    ["that has expired", () => sign(claims({ exp: now() - 61 }))],
    ["without an end", () => sign(claims({ exp: undefined }))],
    ["that is good for a week", () => sign(claims({ exp: now() + 7 * 86_400 }))],
    ["that is not good yet", () => sign(claims({ nbf: now() + 120 }))],
    ["of another subject", () => sign(claims({ sub: app, oid: app }))],
    ["without a subject", () => sign(claims({ sub: undefined }))],
    ["whose oid is not its subject", () => sign(claims({ oid: app }))],
    ["whose azp is another application", () => sign(claims({ azp: "7a63c1f2-0000-4000-8000-000000000000" }))],
    ["whose appid is another application", () => sign(claims({ appid: "7a63c1f2-0000-4000-8000-000000000000" }))],
    ["signed by a stranger's key", async () => sign(claims(), (await generateKeyPair("RS256")).privateKey)],
    [
      "signed by a key that is not published",
      async () => sign(claims(), (await generateKeyPair("RS256")).privateKey, "RS256", "2"),
    ],
    ["signed by nobody (alg none)", () => new UnsecuredJWT(claims()).encode()],
    [
      "whose HMAC key is the public key",
      async () => sign(claims(), Buffer.from(await exportSPKI(keys.publicKey)), "HS256"),
    ],
    ["whose HMAC key is the modulus", () => sign(claims(), Buffer.from(published[0]?.n ?? "", "base64url"), "HS256")],
    ["with another payload under its signature", async () => swapPayload(await sign(claims()), claims({ sub: app }))],
    ["that is none", () => "x.y.z"],
    ["that is empty", () => ""],
  ];

  test.each(refusals)("%s", async (_, make) => {
    const answer = await ask(await make());
    expect(answer).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    expect(answer.body).not.toHaveProperty("access_token");
  });

  function swapPayload(assertion: string, payload: JWTPayload): string {
    const [header, , signature] = assertion.split(".");
    return [header, Buffer.from(JSON.stringify(payload)).toString("base64url"), signature].join(".");
  }

  test("with a key of its own in the header", async () => {
    const own = await generateKeyPair("RS256", { extractable: true });
    const jwk = await exportJWK(own.publicKey);
    const header = { alg: "RS256", kid: "1", jwk, jku: "https://evil.example/keys" };
    const assertion = await new SignJWT(claims()).setProtectedHeader(header).sign(own.privateKey);
    expect(await ask(assertion)).toMatchObject({ status: 401 });
  });

  test("a right one at a client that takes none, of another type, or of another workspace's issuer", async () => {
    const assertion = await sign(claims());
    const plain = await makeClient(workspace);
    expect(await ask(assertion, plain)).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    expect(await ask(assertion, client, { client_assertion_type: "urn:x" })).toMatchObject({ status: 401 });
    const elsewhere = await makeFederated({ subject: app }, other);
    expect(await ask(assertion, elsewhere)).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    const { status } = await askToken({
      grant_type: "client_credentials",
      client_id: client.clientId,
      client_secret: "",
    });
    expect(status).toBe(401);
  });
});

describe("keys", () => {
  test("are asked for once, and again for a key that is not known, but not by every stranger", async () => {
    const made = await makeFederated({ jwksUri: `${new URL(issuer).origin}/keys`, issuer: `${issuer}/rotating` });
    const of = { iss: `${issuer}/rotating` };
    for (const _ of [1, 2, 3]) expect((await ask(await sign(claims(of)), made)).status).toBe(200);
    expect(asked).toHaveLength(1);
    for (const kid of ["a", "b", "c"])
      expect((await ask(await sign(claims(of), keys.privateKey, "RS256", kid), made)).status).toBe(401);
    expect(asked, "within the time of rest").toHaveLength(1);
  });

  test.each(["/gone", "/away", "/endless"])(
    "T26 that are at %s can't be had: 503, and not asked for again at once",
    async (path) => {
      const made = await makeFederated({ jwksUri: `${new URL(issuer).origin}${path}` });
      for (const _ of [1, 2]) {
        const answer = await ask(await sign(claims()), made);
        expect(answer).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
        expect(answer.headers.get("retry-after")).toBe("30");
      }
      expect(asked).toEqual([path]);
    },
  );

  test("T26 inside a network are refused when the client is made, and once more when they are asked for", async () => {
    for (const jwksUri of [
      "http://169.254.169.254/keys",
      "https://169.254.169.254/keys",
      "https://[fd00:ec2::254]/keys",
      "https://10.0.0.1/keys",
      "https://keys.internal/keys",
      "https://keys.example.com:22/keys",
      "ftp://keys.example.com",
      "keys",
    ])
      await expect(makeFederated({ jwksUri }), jwksUri).rejects.toMatchObject({ reason: "client_not_valid" });
    const made = await makeFederated();
    await run(sql`UPDATE "OAuthClient" SET "jwksUri" = 'https://169.254.169.254/keys' WHERE "tokenId" = ${made.id}`);
    expect(await ask(await sign(claims()), made)).toMatchObject({ status: 503 });
  });
});
