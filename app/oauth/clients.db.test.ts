import { beforeAll, describe, expect, test } from "vitest";
import { DELETE as revokeOld } from "@/app/api/workspaces/[workspace]/oauth-clients/[id]/old-secrets/route";
import { POST as rotate } from "@/app/api/workspaces/[workspace]/oauth-clients/[id]/rotate/route";
import { DELETE as revoke, PATCH as update } from "@/app/api/workspaces/[workspace]/oauth-clients/[id]/route";
import { POST as create, GET as list } from "@/app/api/workspaces/[workspace]/oauth-clients/route";
import type { CreatedOAuthClient, OAuthClientRow } from "@/lib/api/oauth-clients";
import { openSession } from "@/lib/auth";
import { all, one, sql } from "@/lib/db";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { listConnections } from "@/lib/workspace/access/find-connection";

// The routes that the Developers page calls.

let workspace: TestWorkspace;
let other: TestWorkspace;
let admin: string;
let member: string;
let stranger: string;

async function signIn(address: string): Promise<string> {
  const user = await one<{ id: string }>(sql`SELECT id FROM "User" WHERE "emailKey" = ${address}`);
  return (await openSession(user?.id ?? "", { address: null, agent: null })).split(";")[0] ?? "";
}

beforeAll(async () => {
  [workspace, other] = [await openWorkspace("clients"), await openWorkspace("clients")];
  await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
  admin = await signIn(`admin@${workspace.domain}`);
  member = await signIn(`lin@${workspace.domain}`);
  stranger = await signIn(`admin@${other.domain}`);
});

type Call = { cookie?: string | null; id?: string; body?: unknown; origin?: string | null; slug?: string };

async function call<Body>(
  route: typeof create,
  method: string,
  { cookie = admin, id, body, origin = "http://muster.test", slug = workspace.slug }: Call = {},
): Promise<{ status: number; body: Body }> {
  const headers = { ...(cookie && { cookie }), ...(origin && { origin }) };
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await route(new Request("http://muster.test/api", init), {
    params: Promise.resolve({ workspace: slug, ...(id !== undefined && { id }) }),
  });
  const text = await response.text();
  expect(response.headers.get("cache-control")).toBe("no-store");
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

const settings = {
  name: "Entra",
  scopes: ["user_management:read-write"],
  tokenSeconds: 7_200,
  redirectUris: [],
  issuer: null,
  subject: null,
  audiences: [],
  jwksUri: null,
};
const plain = { ...settings, kind: "client_credentials", isPublic: false, connection: null };

describe("the life of a client", () => {
  test("made, changed, rotated and revoked; each is in the audit log, and the secret in one answer only", async () => {
    const made = await call<CreatedOAuthClient>(create, "POST", { body: plain });
    const { client, secret } = made.body;
    expect(made).toMatchObject({ status: 200, body: { client: { name: "Entra", kind: "client_credentials" } } });
    expect(secret).toMatch(new RegExp(`^${client.clientId}_[0-9A-Za-z]{38}$`));
    expect(client.connection, "it speaks for the identity provider that is there").toEqual({
      id: (await listConnections(workspace.id))[0]?.id,
      name: "Identity provider",
    });
    const renamed = await call<OAuthClientRow>(update, "PATCH", {
      id: client.id,
      body: { ...settings, name: "Other" },
    });
    expect(renamed.body).toMatchObject({ name: "Other", clientId: client.clientId, last4: secret?.slice(-4) });
    const rotated = await call<CreatedOAuthClient>(rotate, "POST", { id: client.id, body: { overlap: "24h" } });
    expect(rotated.body.client.oldSecrets).toHaveLength(1);
    const ended = await call<OAuthClientRow>(revokeOld, "DELETE", { id: client.id });
    expect(ended.body.oldSecrets).toEqual([]);
    const listed = await call<OAuthClientRow[]>(list, "GET");
    expect(listed.body.map(({ id }) => id)).toEqual([client.id]);
    for (const shown of [secret, rotated.body.secret]) expect(JSON.stringify(listed.body)).not.toContain(shown);
    expect((await call(revoke, "DELETE", { id: client.id })).status).toBe(204);
    expect((await call<OAuthClientRow[]>(list, "GET")).body).toEqual([]);
    expect((await call(revoke, "DELETE", { id: client.id })).status).toBe(409);
    const events = await all<{ action: string; actorName: string }>(
      sql`SELECT action, "actorName" FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND "targetId" = ${client.id} ORDER BY id`,
    );
    expect(events.map(({ action }) => action)).toEqual([
      "oauth_client.created",
      "oauth_client.updated",
      "oauth_client.rotated",
      "oauth_client.old_secrets_revoked",
      "oauth_client.revoked",
    ]);
    expect(new Set(events.map(({ actorName }) => actorName))).toEqual(new Set(["Ada Admin"]));
  });

  test("a kind keeps what it needs: the rest is dropped, what is missing is refused with what to do", async () => {
    const noise = { redirectUris: ["https://okta.example/cb"], issuer: "https://issuer.example", subject: "s" };
    const { body } = await call<CreatedOAuthClient>(create, "POST", { body: { ...plain, ...noise, isPublic: true } });
    expect(body.client).toMatchObject({ redirectUris: [], issuer: null, subject: null, isPublic: false });
    for (const wrong of [
      { kind: "authorization_code" },
      { kind: "federation" },
      { kind: "federation", issuer: "http://issuer.example", subject: "s", audiences: ["a"] },
      { kind: "federation", issuer: "https://issuer.example", subject: "", audiences: ["a"] },
      { kind: "password" },
      { name: " " },
      { scopes: [] },
      { scopes: ["everything"] },
      { tokenSeconds: 60 },
    ])
      expect(await call(create, "POST", { body: { ...plain, ...wrong } }), JSON.stringify(wrong)).toMatchObject({
        status: 422,
        body: { error: { detail: expect.any(String) } },
      });
    const trusted = { issuer: "https://issuer.example", subject: "s", audiences: [" a ", "a", "b"] };
    const federated = await call<CreatedOAuthClient>(create, "POST", {
      body: { ...plain, kind: "federation", ...trusted },
    });
    expect(federated.body).toMatchObject({
      secret: null,
      client: { audiences: ["a", "b"], last4: null, jwksUri: null },
    });
    const { id } = federated.body.client;
    expect(await call(rotate, "POST", { id, body: { overlap: "1h" } })).toMatchObject({ status: 409 });
  });
});

test("T05 a member is 403, a stranger 404, a foreign origin 403, and another workspace's client is 404", async () => {
  const { client } = (await call<CreatedOAuthClient>(create, "POST", { body: plain })).body;
  const count = async () => (await call<OAuthClientRow[]>(list, "GET")).body.length;
  const before = await count();
  const calls: [typeof create, string, Call][] = [
    [list, "GET", {}],
    [create, "POST", { body: plain }],
    [update, "PATCH", { id: client.id, body: settings }],
    [rotate, "POST", { id: client.id, body: { overlap: "1h" } }],
    [revokeOld, "DELETE", { id: client.id }],
    [revoke, "DELETE", { id: client.id }],
  ];
  for (const [route, method, options] of calls) {
    expect((await call(route, method, { ...options, cookie: null })).status).toBe(401);
    expect((await call(route, method, { ...options, cookie: member })).status).toBe(403);
    expect((await call(route, method, { ...options, cookie: stranger })).status).toBe(404);
    if (method !== "GET")
      expect((await call(route, method, { ...options, origin: "https://evil.test" })).status).toBe(403);
    if (options.id !== undefined)
      expect((await call(route, method, { ...options, cookie: stranger, slug: other.slug })).status).toBe(404);
  }
  expect((await call<OAuthClientRow[]>(list, "GET", { cookie: stranger, slug: other.slug })).body).toEqual([]);
  expect(await count()).toBe(before);
  expect((await call(revoke, "DELETE", { id: "x" })).status).toBe(404);
});
