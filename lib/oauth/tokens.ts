import OAuth2Server from "@node-oauth/oauth2-server";
import type { OAuthClient } from "@/lib/workspace/access/oauth/client";
import {
  type Consent,
  findGrant,
  type Grant,
  insertRefreshToken,
  refreshSeconds,
  takeGrant,
} from "@/lib/workspace/access/oauth/grants";
import { newOAuthToken } from "@/lib/workspace/access/oauth/token";
import { narrow, parseScopes } from "@/lib/workspace/scopes";
import { newSecret } from "@/lib/workspace/seal";
import { toObject } from "./params";
import { findScopes } from "./requested-scopes";

// The library implements the grants; we store the results: sealed tokens, and codes and refresh tokens that are used once.

/** The library's "user", whom a token is for: the client itself, or the consent behind it. */
type User = { consent: Consent | null };
type LibraryClient = OAuth2Server.Client;
type Model = OAuth2Server.AuthorizationCodeModel & OAuth2Server.RefreshTokenModel & OAuth2Server.ClientCredentialsModel;

export function libraryClient(client: OAuthClient): LibraryClient {
  const { clientId, grants, redirectUris, tokenSeconds } = client;
  return { id: clientId, grants, redirectUris, accessTokenLifetime: tokenSeconds };
}

/** Each scope and the read scope it includes: a refreshed token may be narrower (RFC 6749 §6). */
function withReads(scopes: string[]): string[] {
  return [...new Set(scopes.flatMap((scope) => [scope, scope.replace(/-write$/, "")]))];
}

function issue(client: OAuthClient, { consent }: User, scopes: string[]): Promise<string> {
  const { publicId, tokenSeconds } = client;
  const isWhole = consent === null && client.scopes.every((scope) => scopes.includes(scope));
  // A token for all of the client's scopes follows the client, even when the client later gets more.
  return newOAuthToken({
    publicId,
    seconds: tokenSeconds,
    familyId: consent?.familyId ?? null,
    scopes: isWhole ? [] : parseScopes(scopes),
  });
}

async function save(client: OAuthClient, { consent }: User, token: OAuth2Server.Token): Promise<boolean> {
  if (consent === null || token.refreshToken === undefined) return true;
  return insertRefreshToken(client, consent, token.refreshToken);
}

function modelFor(client: OAuthClient, redirectUri: string | undefined): Model {
  const known = libraryClient(client);
  const take = async (grant: Grant | undefined) => {
    if (!grant || !(await takeGrant(client, grant))) return false;
    // RFC 6749 §5.2: a different redirect URI is also invalid_grant. The code is used up all the same.
    if (grant.redirectUri !== null && grant.redirectUri !== redirectUri)
      throw new OAuth2Server.InvalidGrantError(
        "Invalid grant: redirect_uri is not the one of the authorization request",
      );
    return true;
  };
  return {
    getClient: async () => known, // already authenticated
    getUserFromClient: async (): Promise<User> => ({ consent: null }),
    validateScope: async (_user, _client, scope) => findScopes(client.scopes, scope) ?? false,
    generateAccessToken: async (_client, user, scope) => issue(client, user as User, scope),
    generateRefreshToken: async () => `msr_${newSecret()}`,
    getAuthorizationCode: async (secret) => {
      const grant = await findGrant(client, "code", secret);
      return (
        grant && {
          authorizationCode: secret,
          expiresAt: grant.expiresAt ?? new Date(0),
          redirectUri: grant.redirectUri ?? "",
          ...(grant.codeChallenge !== null && { codeChallenge: grant.codeChallenge, codeChallengeMethod: "S256" }),
          scope: grant.scopes,
          client: known,
          user: { consent: grant },
          grant,
        }
      );
    },
    saveAuthorizationCode: async () => false,
    revokeAuthorizationCode: (code) => take(code.grant),
    getRefreshToken: async (secret) => {
      const grant = await findGrant(client, "refresh", secret);
      return (
        grant && {
          refreshToken: secret,
          ...(grant.expiresAt && { refreshTokenExpiresAt: grant.expiresAt }),
          scope: withReads(grant.scopes),
          client: known,
          user: { consent: grant },
          grant,
        }
      );
    },
    revokeToken: (token) => take(token.grant),
    getAccessToken: async () => false,
    saveToken: async (token, _client, user) => {
      if (!(await save(client, user as User, token)))
        throw new OAuth2Server.InvalidGrantError("Invalid grant: the consent has ended");
      const scope = narrow(client.scopes, parseScopes(token.scope ?? client.scopes));
      return { ...token, scope, client: known, user };
    },
  };
}

/** RFC 6749 §4. The library supports others, which are not allowed here. */
export const grantTypes = ["client_credentials", "authorization_code", "refresh_token"];

/** The token endpoint's response for an authenticated client (RFC 6749 §5.1). Throws the library's errors (RFC 6749 §5.2). */
export async function issueTokens(client: OAuthClient, form: URLSearchParams): Promise<Record<string, unknown>> {
  const grantType = form.get("grant_type");
  if (grantType !== null && !grantTypes.includes(grantType))
    throw new OAuth2Server.UnsupportedGrantTypeError(`Unsupported grant type: it is none of ${grantTypes.join(", ")}`);
  const model = modelFor(client, form.get("redirect_uri") ?? undefined);
  const server = new OAuth2Server({ model, refreshTokenLifetime: refreshSeconds });
  const request = new OAuth2Server.Request({
    method: "POST",
    query: {},
    headers: { "content-type": "application/x-www-form-urlencoded", "content-length": "1" },
    // The library requires a secret. The client has already proven itself by secret or assertion, or needs neither.
    body: { ...toObject(form), client_id: client.clientId, client_secret: "proven" },
  });
  const response = new OAuth2Server.Response();
  await server.token(request, response);
  return { ...response.body, expires_in: client.tokenSeconds };
}
