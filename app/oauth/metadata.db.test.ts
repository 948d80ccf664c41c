import { existsSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { GET as serverDocument } from "@/app/.well-known/oauth-authorization-server/route";
import { GET as resourceDocument } from "@/app/.well-known/oauth-protected-resource/route";
import { GET as scimDocument } from "@/app/.well-known/oauth-protected-resource/scim/v2/route";
import { env } from "@/lib/env";
import { readAuthorization } from "@/lib/oauth/authorize";
import { adapters } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { askingQuery, askToken, basic, makeClient, makeCodeClient } from "./support";

let workspace: TestWorkspace;
let metadata: Record<string, string & string[]>;

beforeAll(async () => {
  workspace = await openWorkspace("meta");
  metadata = await serverDocument().json();
});

test("RFC 8414 the issuer is the public address, and every endpoint that is named is there", () => {
  expect(metadata.issuer).toBe(env().MUSTER_URL);
  for (const [name, file] of [
    ["authorization_endpoint", "page.tsx"],
    ["token_endpoint", "route.ts"],
    ["introspection_endpoint", "route.ts"],
    ["revocation_endpoint", "route.ts"],
  ] as const) {
    const url = metadata[name] ?? "";
    expect(url.startsWith(`${env().MUSTER_URL}/oauth/`), name).toBe(true);
    expect(existsSync(`app${new URL(url).pathname}/${file}`), url).toBe(true);
  }
});

test("RFC 8414 the grants and ways to authenticate that are named work, others are none", async () => {
  const client = await makeClient(workspace);
  const ask = async (grant_type: string) => (await askToken({ grant_type, ...client.credentials })).body.error;
  for (const grant of metadata.grant_types_supported ?? []) expect(await ask(grant)).not.toBe("unsupported_grant_type");
  for (const grant of ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer"]) {
    expect(metadata.grant_types_supported).not.toContain(grant);
    expect(await ask(grant)).toBe("unsupported_grant_type");
  }
  const grant = { grant_type: "client_credentials" };
  expect((await askToken(grant, basic(client.clientId, client.secret))).status).toBe(200);
  expect((await askToken({ ...grant, ...client.credentials })).status).toBe(200);
  expect(metadata.token_endpoint_auth_methods_supported).toEqual([
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt", // federation.db.test.ts
    "none", // public clients, authorization-code.db.test.ts
  ]);
  expect(metadata.token_endpoint_auth_signing_alg_values_supported?.join(" ")).not.toMatch(/none|HS/);
});

test("RFC 8414 the scopes, response types and challenges that are named are the ones that are taken", async () => {
  const scopes = (metadata.scopes_supported ?? []).filter((scope) => scope !== "scim");
  const client = await makeCodeClient(workspace, { scopes: scopes.filter((scope) => scope.endsWith("-write")) });
  for (const scope of [...scopes, "scim"])
    expect(await readAuthorization(askingQuery(client, { scope })), scope).toMatchObject({ kind: "consent" });
  for (const response_type of metadata.response_types_supported ?? [])
    expect(await readAuthorization(askingQuery(client, { response_type }))).toMatchObject({ kind: "consent" });
  expect(metadata.code_challenge_methods_supported).toEqual(["S256"]);
});

test("RFC 9728 each resource is the address that its document stands for, and names us as its issuer", async () => {
  const whole = await resourceDocument().json();
  const scim = await scimDocument().json();
  const { issuer } = metadata;
  expect(whole).toMatchObject({
    resource: issuer,
    authorization_servers: [issuer],
    bearer_methods_supported: ["header"],
  });
  expect(scim).toMatchObject({ resource: `${issuer}/scim/v2`, authorization_servers: [issuer] });
  expect(scim.scopes_supported).toEqual(["scim", "user_management:read", "user_management:read-write"]);
  for (const scope of whole.scopes_supported) expect(metadata.scopes_supported).toContain(scope);
});

test.each(adapters)("RFC 9728 a 401 of SCIM names the document, %s", async (_, open) => {
  for (const token of [null, "wrong"]) {
    const { status, headers } = await open(token)("GET", "/Users");
    const document = `${env().MUSTER_URL}/.well-known/oauth-protected-resource/scim/v2`;
    expect([status, headers.get("www-authenticate")]).toEqual([
      401,
      `Bearer realm="scim", ${token === null ? "" : 'error="invalid_token", '}resource_metadata="${document}"`,
    ]);
  }
});
