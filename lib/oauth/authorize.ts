import OAuth2Server from "@node-oauth/oauth2-server";
import { env } from "@/lib/env";
import { cutText } from "@/lib/text";
import { findOAuthClient, type OAuthClient } from "@/lib/workspace/access/oauth/client";
import { codeSeconds, denyConsent, insertCode, type NewCode } from "@/lib/workspace/access/oauth/grants";
import type { Actor } from "@/lib/workspace/actor";
import { isRefusal, notFound, type Refusal, refusal } from "@/lib/workspace/refusal";
import { findRepeated, toObject } from "./params";
import { findScopes } from "./requested-scopes";
import { libraryClient } from "./tokens";

/** A parsed authorization request (RFC 6749 §4.1.1). */
export type Authorization =
  /** No redirect: the client or its redirect URI is unknown (RFC 9700 §4.11.2). */
  | { kind: "refused"; why: Refusal }
  /** Redirects with the error to the client, once an admin has signed in. */
  | { kind: "failed"; client: OAuthClient; location: string }
  | { kind: "consent"; client: OAuthClient; scopes: string[]; redirectUri: string };

type Save = (code: NewCode) => Promise<string>;
type Requester = { client: OAuthClient; redirectUri: string; state: string | null };

/** The client and its redirect URI, or why there is none. */
async function findRequester(query: URLSearchParams): Promise<Requester | Refusal> {
  const repeated = findRepeated(query);
  if (repeated !== null) return refusal("client_not_valid.repeated", { name: cutText(repeated, 40) });
  const client = await findOAuthClient(query.get("client_id") ?? "");
  if (client === null) return refusal("client_not_valid.unknown");
  if (client.kind !== "authorization_code") return refusal("client_not_valid.asksNobody");
  const redirectUri = query.get("redirect_uri") ?? "";
  if (!client.redirectUris.includes(redirectUri)) return refusal("client_not_valid.otherRedirect");
  return { client, redirectUri, state: query.get("state") };
}

/** The redirect URI with the response parameters. It is a registered one, which has no fragment. */
function locationOf({ redirectUri, state }: Requester, parameters: Record<string, string>): string {
  const params = new URLSearchParams({ ...parameters, ...(state !== null && { state }), iss: env().MUSTER_URL });
  return `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${params}`;
}

/** Lets the library check the request and create the code; `save` stores it, or pretends to. Returns the redirect URL. */
async function authorize(requester: Requester, query: URLSearchParams, allowed: boolean, save: Save): Promise<string> {
  const { client, redirectUri } = requester;
  const known = libraryClient(client);
  const nobody = { id: "" };
  const model: OAuth2Server.AuthorizationCodeModel = {
    getClient: async () => known,
    validateScope: async (_user, _client, scope) => findScopes(client.scopes, scope) ?? false,
    saveAuthorizationCode: async (code) => {
      const codeChallenge = checkChallenge(client, code.codeChallenge);
      const authorizationCode = await save({ scopes: code.scope ?? client.scopes, redirectUri, codeChallenge });
      return { ...code, authorizationCode, client: known, user: nobody };
    },
    getAuthorizationCode: async () => false,
    revokeAuthorizationCode: async () => false,
    getAccessToken: async () => false,
    saveToken: async () => false,
  };
  const server = new OAuth2Server({ model, authenticateHandler: { handle: () => nobody } });
  const { allowed: _, ...parameters } = toObject(query);
  const body = allowed ? {} : { allowed: "false" };
  const request = new OAuth2Server.Request({ method: "GET", headers: {}, query: parameters, body });
  const options = { allowEmptyState: true, authorizationCodeLifetime: codeSeconds };
  const { authorizationCode } = await server.authorize(request, new OAuth2Server.Response(), options);
  return locationOf(requester, { code: authorizationCode });
}

/** RFC 7636 §4.2: the hash of the client's later verifier. Required from clients without a secret. */
function checkChallenge(client: OAuthClient, challenge: string | undefined): string | null {
  if (challenge === undefined) {
    if (client.isPublic) throw new OAuth2Server.InvalidRequestError("Missing parameter: `code_challenge`");
    return null;
  }
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge))
    throw new OAuth2Server.InvalidRequestError("Invalid parameter: `code_challenge` is not made by S256");
  return challenge;
}

/** The redirect URL with an error (RFC 6749 §4.1.2.1). Rethrows errors that the request didn't cause. */
function errorLocation(requester: Requester, error: unknown): string {
  const { name, message, code } = error as { name: string; message: string; code?: number };
  if (!(error instanceof OAuth2Server.OAuthError) || (code ?? 500) >= 500)
    throw (error as { inner?: unknown }).inner ?? error;
  return locationOf(requester, { error: name, error_description: message });
}

/** Reads an authorization request; writes nothing. */
export async function readAuthorization(query: URLSearchParams): Promise<Authorization> {
  const requester = await findRequester(query);
  if (isRefusal(requester)) return { kind: "refused", why: requester };
  const { client, redirectUri } = requester;
  let scopes: string[] = [];
  try {
    await authorize(requester, query, true, async (code) => {
      scopes = code.scopes;
      return "not-made";
    });
    return { kind: "consent", client, scopes, redirectUri };
  } catch (error) {
    return { kind: "failed", client, location: errorLocation(requester, error) };
  }
}

/** An admin allows or denies an authorization request. Returns the redirect URL, back to the client. */
export async function decideAuthorization(actor: Actor, query: URLSearchParams, allow: boolean): Promise<string> {
  const requester = await findRequester(query);
  if (isRefusal(requester)) throw requester;
  const { client } = requester;
  if (client.workspaceId !== actor.workspaceId) throw notFound("client");
  try {
    return await authorize(requester, query, allow, (code) => insertCode(actor, client, code));
  } catch (error) {
    const location = errorLocation(requester, error);
    if (!allow) await denyConsent(actor, client);
    return location;
  }
}
