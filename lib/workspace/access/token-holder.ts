import { point } from "@/lib/database/reader";
import { type AccessTokenModel, one, sql, type WorkspaceModel } from "@/lib/db";
import { type Issued, readPresented } from "@/lib/workspace/access/oauth/token";
import { narrow } from "@/lib/workspace/scopes";
import { hashToken, isSameHash } from "./token-format";

/** Everything a request with a live token needs first: the token, its connection and its workspace's switches. */
export type TokenHolder = Pick<AccessTokenModel, "workspaceId" | "name" | "scopes" | "connectionId"> &
  Pick<WorkspaceModel, "plan" | "scimEnabled" | "strictProfile" | "settingsVersion"> & {
    tokenId: string;
    /** Both change whenever anything in this type changes, so a process that remembers a holder can prove that it is still current. */
    tokenVersion: number;
    /** When a short-lived issued token expires; null for an access token itself. */
    until: Date | null;
    /** The ids by which an issued token can be revoked. */
    issuedKeys?: readonly string[];
  };

const nobody = hashToken("nobody");

/** The holder of a live token, or null when it is unknown, revoked, expired or mistyped. Read afresh on each call. */
export async function findTokenHolder(token: string): Promise<TokenHolder | null> {
  const presented = readPresented(token);
  if (presented?.issued) return findIssuedHolder(presented.publicId, presented.issued);
  const [row] =
    presented === null
      ? []
      : await point<TokenHolder & Pick<AccessTokenModel, "kind"> & { secretHash: Buffer }>(sql`
          SELECT t."workspaceId", t.id AS "tokenId", t.name, t.scopes, t."connectionId", t.kind, t."secretHash", t.version AS "tokenVersion",
            w.plan, w."scimEnabled", w."strictProfile", w."settingsVersion", NULL::timestamptz AS until
          FROM "AccessToken" t JOIN "Workspace" w ON w.id = t."workspaceId"
          WHERE t."publicId" = ${presented.publicId} AND t."revokedAt" IS NULL AND (t."expiresAt" IS NULL OR t."expiresAt" > now())`);
  const isRight = isSameHash(hashToken(token), row?.secretHash ?? nobody);
  // A client's secret can't be used as a token: it only gets tokens.
  return row?.kind === "token" && isRight ? row : null;
}

/**
 * The holder of a short-lived issued token. A token that opens was sealed here. The same statement checks whether it or its family was
 * revoked.
 */
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
 * The owner of a refused token, so that the workspace learns that an old token is still in use. Only for a secret that was once valid: its
 * hash must match a row, including old rows of a client. A public id is no secret, and would let anyone who knows it write to another
 * workspace's log. A short-lived issued token is valid when it opens.
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
