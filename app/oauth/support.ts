import { createHash } from "node:crypto";
import { POST as introspectRoute } from "@/app/oauth/introspect/route";
import { POST as revokeRoute } from "@/app/oauth/revoke/route";
import { POST as tokenRoute } from "@/app/oauth/token/route";
import { decideAuthorization } from "@/lib/oauth/authorize";
import type { TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { createOAuthClient, type NewOAuthClient } from "@/lib/workspace/access/oauth/clients";

// Helpers for OAuth tests: clients, and calls to the endpoints through their routes.

type Answer = { status: number; headers: Headers; body: Record<string, unknown> };
type Fields = Record<string, string>;

async function post(route: (request: Request) => Promise<Response>, fields: Fields, headers: Fields): Promise<Answer> {
  const body = new URLSearchParams(fields);
  const response = await route(new Request("http://muster.test/oauth", { method: "POST", headers, body }));
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) };
}

export const askToken = (fields: Fields, headers: Fields = {}) => post(tokenRoute, fields, headers);
export const introspect = (fields: Fields, headers: Fields = {}) => post(introspectRoute, fields, headers);
export const revoke = (fields: Fields, headers: Fields = {}) => post(revokeRoute, fields, headers);

export function basic(id: string, secret: string): Fields {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` };
}

export const redirectUri = "https://okta.example/oauth/callback?app=1";

const settings: NewOAuthClient = {
  name: "Client",
  kind: "client_credentials",
  isPublic: false,
  scopes: ["user_management:read-write", "audit_log:read"],
  tokenSeconds: 3_600,
  redirectUris: [redirectUri],
  issuer: null,
  subject: null,
  audiences: [],
  jwksUri: null,
  connection: null,
};

export type TestClient = { id: string; clientId: string; secret: string; credentials: Fields };

/** Creates a client and the credentials it sends to the endpoints. */
export async function makeClient({ operator }: TestWorkspace, more: Partial<NewOAuthClient> = {}): Promise<TestClient> {
  const { client, secret } = await createOAuthClient(operator, { ...settings, ...more });
  const credentials: Fields = { client_id: client.clientId, ...(secret !== null && { client_secret: secret }) };
  return { id: client.id, clientId: client.clientId, secret: secret ?? "", credentials };
}

export const makeCodeClient = (workspace: TestWorkspace, more: Partial<NewOAuthClient> = {}) =>
  makeClient(workspace, { kind: "authorization_code", name: "Okta", ...more });

export async function issued(client: TestClient, more: Fields = {}): Promise<string> {
  const { body } = await askToken({ grant_type: "client_credentials", ...client.credentials, ...more });
  return String(body.access_token);
}

export function askingQuery(client: TestClient, more: Fields = {}): URLSearchParams {
  const { clientId } = client;
  return new URLSearchParams({ response_type: "code", client_id: clientId, redirect_uri: redirectUri, ...more });
}

/** Allows a client's request and returns the redirect URL. */
export async function consent({ operator }: TestWorkspace, client: TestClient, more: Fields = {}): Promise<URL> {
  return new URL(await decideAuthorization(operator, askingQuery(client, more), true));
}

export async function codeFor(workspace: TestWorkspace, client: TestClient, more: Fields = {}): Promise<string> {
  return (await consent(workspace, client, more)).searchParams.get("code") ?? "";
}

/** Exchanges a code for tokens. */
export const spendCode = (client: TestClient, code: string, more: Fields = {}) =>
  askToken({ grant_type: "authorization_code", code, redirect_uri: redirectUri, ...client.credentials, ...more });

export const spendRefresh = (client: TestClient, refresh_token: unknown, more: Fields = {}) =>
  askToken({
    grant_type: "refresh_token",
    refresh_token: String(refresh_token),
    ...client.credentials,
    ...more,
  });

export const challengeOf = (verifier: string) => createHash("sha256").update(verifier).digest("base64url");
