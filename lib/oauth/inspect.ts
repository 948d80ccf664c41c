import OAuth2Server from "@node-oauth/oauth2-server";
import { env } from "@/lib/env";
import type { OAuthClient } from "@/lib/workspace/access/oauth/client";
import { endFamily, findGrant, revokeIssued } from "@/lib/workspace/access/oauth/grants";
import { readPresented } from "@/lib/workspace/access/oauth/token";
import { findTokenHolder, type TokenHolder } from "@/lib/workspace/access/token-holder";

// Introspection (RFC 7662) and revocation (RFC 7009). The library has neither; both are look-ups in our own tables.

type Described = { active: false } | ({ active: true } & Record<string, unknown>);

const inactive: Described = { active: false };

/**
 * Describes a token of the caller's workspace; any other token is inactive (RFC 7662 §2.2). An access token that is its own client only
 * gets descriptions of tokens it issued to itself.
 */
export async function describeToken(client: OAuthClient, token: string): Promise<Described> {
  const holder = await findTokenHolder(token);
  const isHeard = client.isAccessToken
    ? holder?.tokenId === client.tokenId
    : holder?.workspaceId === client.workspaceId;
  return holder && isHeard ? describeHolder(token, holder) : inactive;
}

/** Same for a caller who only has the token itself, with the id of its row; null when the token isn't live. */
export async function describeOwnToken(token: string): Promise<{ tokenId: string | null; described: Described }> {
  const holder = await findTokenHolder(token);
  return { tokenId: holder?.tokenId ?? null, described: holder ? describeHolder(token, holder) : inactive };
}

function describeHolder(token: string, { workspaceId, scopes, until }: TokenHolder): Described {
  const presented = readPresented(token);
  return {
    active: true,
    scope: scopes.join(" "),
    client_id: `mst_${presented?.publicId}`,
    token_type: "Bearer",
    ...(until && { exp: Math.floor(until.getTime() / 1000) }),
    sub: workspaceId,
    aud: env().MUSTER_URL,
    iss: env().MUSTER_URL,
    ...(presented?.issued && { jti: presented.issued.id }),
  };
}

/** Revokes an issued token, or with a refresh token everything from its consent. An unknown token counts as already revoked. */
export async function revokeToken(client: OAuthClient, token: string): Promise<void> {
  const refresh = await findGrant(client, "refresh", token);
  if (refresh) return endFamily(client, refresh.familyId, "the client revoked it");
  const presented = readPresented(token);
  if (presented === null) return;
  if (presented.publicId !== client.publicId)
    throw new OAuth2Server.InvalidGrantError("The token was issued to another client.");
  if (presented.issued === null) {
    const detail = "An access token is revoked in the settings of its workspace, under Developers.";
    throw new OAuth2Server.OAuthError(detail, { code: 400, name: "unsupported_token_type" });
  }
  await revokeIssued(client, presented.issued);
}
