import { point } from "@/lib/database/reader";
import { sql } from "@/lib/db";
import type { Scope } from "@/lib/scopes";
import { type ClientKind, type ClientSettings, isPublicClient, kindOf } from "./client-rules";
import { hasSecret } from "./clients";
import { oauthTokenSeconds } from "./token";

/** A client as the token endpoint needs it. For client credentials, an access token is a client too. */
export type OAuthClient = Pick<
  ClientSettings,
  "name" | "redirectUris" | "issuer" | "subject" | "audiences" | "jwksUri"
> & {
  /** `mst_` and the public id. */
  clientId: string;
  publicId: string;
  workspaceId: string;
  workspaceName: string;
  workspaceSlug: string;
  tokenId: string;
  kind: ClientKind;
  isPublic: boolean;
  /** True for an access token that gets tokens for itself; false for a client that an admin created. */
  isAccessToken: boolean;
  scopes: Scope[];
  grants: string[];
  tokenSeconds: number;
  /** Hashes of the secrets that are valid now; empty for a client without a secret. */
  secretHashes: Buffer[];
};

type Found = Omit<OAuthClient, "clientId" | "kind" | "isPublic" | "tokenSeconds" | "secretHashes"> & {
  tokenSeconds: number | null;
  secretHash: Buffer;
  oldHashes: Buffer[];
};

/** The live client with this id, or null. */
export async function findOAuthClient(clientId: string): Promise<OAuthClient | null> {
  const publicId = /^mst_([0-9A-Za-z]{8})$/.exec(clientId)?.[1];
  if (publicId === undefined) return null;
  const [row] = await point<Found>(sql`
    SELECT t."workspaceId", w.name AS "workspaceName", w.slug AS "workspaceSlug", t.id AS "tokenId", t.kind = 'token' AS "isAccessToken", t."publicId", t.name, t.scopes, t."secretHash", o."tokenSeconds",
      coalesce(o.grants, '{client_credentials}') AS grants, coalesce(o."redirectUris", '{}') AS "redirectUris",
      o.issuer, o.subject, coalesce(o.audiences, '{}') AS audiences, o."jwksUri",
      ARRAY(SELECT s."secretHash" FROM "AccessToken" s WHERE s."workspaceId" = t."workspaceId" AND s."replacedById" = t.id AND s.kind = 'client'
            AND s."revokedAt" IS NULL AND (s."expiresAt" IS NULL OR s."expiresAt" > now())) AS "oldHashes"
    FROM "AccessToken" t JOIN "Workspace" w ON w.id = t."workspaceId"
    LEFT JOIN "OAuthClient" o ON o."workspaceId" = t."workspaceId" AND o."tokenId" = t.id
    WHERE t."publicId" = ${publicId} AND t."revokedAt" IS NULL AND (t."expiresAt" IS NULL OR t."expiresAt" > now())
      AND (t.kind = 'token' OR o."tokenId" IS NOT NULL)`);
  if (!row) return null;
  const { secretHash, oldHashes, ...client } = row;
  const kind = kindOf(row);
  const isPublic = isPublicClient(row);
  const secretHashes = hasSecret(kind, isPublic) ? [secretHash, ...oldHashes] : [];
  return { ...client, clientId, kind, isPublic, secretHashes, tokenSeconds: row.tokenSeconds ?? oauthTokenSeconds };
}
