import { point } from "@/lib/database/reader";
import { one, sql } from "@/lib/db";
import { type Issued, readPresented } from "@/lib/workspace/access/oauth/token";
import { narrow } from "@/lib/workspace/scopes";
import { hashToken, isSameHash } from "./token-format";

/** What a request with a live token may know before anything else: the token, its connection and its workspace's switches. */
export type TokenHolder = {
  workspaceId: string;
  tokenId: string;
  name: string;
  scopes: string[];
  connectionId: string | null;
  plan: string;
  scimEnabled: boolean;
  strictProfile: boolean;
  /** Both move with every change of what stands here: whoever remembers a holder can prove by them that it still holds. */
  tokenVersion: number;
  settingsVersion: number;
  /** When a token that was issued for a while ends; null for an access token itself. */
  until: Date | null;
  /** What such a token can be revoked by. */
  issuedKeys?: readonly string[];
};

const nobody = hashToken("nobody");

/** The holder of a live token, or null for one that is unknown, revoked, expired or mistyped. Read afresh on each call. */
export async function findTokenHolder(token: string): Promise<TokenHolder | null> {
  const presented = readPresented(token);
  if (presented?.issued) return findIssuedHolder(presented.publicId, presented.issued);
  const [row] =
    presented === null
      ? []
      : await point<TokenHolder & { kind: string; secretHash: Buffer }>(sql`
          SELECT t."workspaceId", t.id AS "tokenId", t.name, t.scopes, t."connectionId", t.kind, t."secretHash", t.version AS "tokenVersion",
            w.plan, w."scimEnabled", w."strictProfile", w."settingsVersion", NULL::timestamptz AS until
          FROM "AccessToken" t JOIN "Workspace" w ON w.id = t."workspaceId"
          WHERE t."publicId" = ${presented.publicId} AND t."revokedAt" IS NULL AND (t."expiresAt" IS NULL OR t."expiresAt" > now())`);
  const isRight = isSameHash(hashToken(token), row?.secretHash ?? nobody);
  // A client's secret opens nothing by itself: it only gets tokens.
  return row?.kind === "token" && isRight ? row : null;
}

/** The holder of a token that was issued for a while: what was opened was sealed here. A revocation of it or of its family is seen in the same breath. */
async function findIssuedHolder(publicId: string, issued: Issued): Promise<TokenHolder | null> {
  const [row] = await point<TokenHolder>(sql`
    SELECT t."workspaceId", t.id AS "tokenId", t.name, t.scopes, t."connectionId", t.version AS "tokenVersion",
      w.plan, w."scimEnabled", w."strictProfile", w."settingsVersion", ${issued.until}::timestamptz AS until
    FROM "AccessToken" t JOIN "Workspace" w ON w.id = t."workspaceId"
    WHERE t."publicId" = ${publicId} AND t."revokedAt" IS NULL AND (t."expiresAt" IS NULL OR t."expiresAt" > now())
      AND ${issued.until}::timestamptz > now()
      AND NOT EXISTS (SELECT 1 FROM "OAuthRevocation" r WHERE r."workspaceId" = t."workspaceId" AND r.key IN (${issued.id}, ${issued.familyId}))`);
  if (!row) return null;
  const holder = { ...row, issuedKeys: [issued.id, issued.familyId].filter((key) => key !== null) };
  return issued.scopes.length === 0 ? holder : { ...holder, scopes: narrow(row.scopes, issued.scopes) };
}

/**
 * Whose a refused token was: its workspace learns that an old token is still in use. Only of a secret that once was right, for a public
 * id is no secret, and whoever knows one could otherwise write into somebody's log: its hash is that of a row, also an old one of a client.
 * What was issued for a while is right when it opens.
 */
export async function findTokenOwner(
  token: string,
): Promise<{ workspaceId: string; tokenId: string; connectionId: string | null } | null> {
  const presented = readPresented(token);
  if (presented === null) return null;
  const hash = presented.issued === null ? hashToken(token) : null;
  return one(sql`
    SELECT t."workspaceId", t.id AS "tokenId", t."connectionId" FROM "AccessToken" t
    WHERE t."publicId" = ${presented.publicId} AND (${hash}::bytea IS NULL OR EXISTS (
      SELECT 1 FROM "AccessToken" s WHERE s."workspaceId" = t."workspaceId" AND (s.id = t.id OR s."replacedById" = t.id) AND s."secretHash" = ${hash}))`);
}
