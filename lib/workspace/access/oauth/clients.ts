import { type AccessTokenModel, all, type OAuthClientModel, sql, type Tx } from "@/lib/db";
import { findConnection } from "@/lib/workspace/access/find-connection";
import { announceAccess, endWebhooksOf, endWebhooksWithoutScope } from "@/lib/workspace/access/givers";
import { hashToken, newToken } from "@/lib/workspace/access/token-format";
import type { Actor } from "@/lib/workspace/actor";
import { record, type Target } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";
import {
  type ClientKind,
  type ClientSettings,
  grantsOf,
  isPublicClient,
  kindOf,
  type OAuthClientInput,
  parseClient,
} from "./client-rules";

// An OAuth client is an access token of the kind `client` with a row beside it. Its public id stays the client id for good: a rotation puts
// the new secret into the row, and the old one moves to its own row for the overlap.

type Row = Omit<ClientSettings, "scopes"> &
  Pick<AccessTokenModel, "id" | "publicId" | "last4" | "scopes" | "createdAt" | "creatorName" | "connectionId"> &
  Pick<OAuthClientModel, "grants"> & {
    connectionName: string | null;
    usedAt: Date | null;
    usedAddress: string | null;
    usedAgent: string | null;
    oldSecrets: { id: string; last4: string; expiresAt: string | null }[];
    consent: { by: string; at: string } | null;
  };

function toView(row: Row) {
  const { id, name, scopes, redirectUris, tokenSeconds, issuer, subject, audiences, jwksUri, oldSecrets } = row;
  const kind = kindOf(row);
  const isPublic = isPublicClient(row);
  return {
    ...{
      id,
      name,
      kind,
      isPublic,
      scopes,
      redirectUris,
      tokenSeconds,
      issuer,
      subject,
      audiences,
      jwksUri,
      oldSecrets,
    },
    clientId: `mst_${row.publicId}`,
    last4: hasSecret(kind, isPublic) ? row.last4 : null,
    createdAt: row.createdAt.toISOString(),
    creator: row.creatorName,
    connection: row.connectionId === null ? null : { id: row.connectionId, name: row.connectionName ?? "" },
    consent: row.consent,
    lastUse:
      row.usedAt === null ? null : { at: row.usedAt.toISOString(), address: row.usedAddress, agent: row.usedAgent },
  };
}

export function hasSecret(kind: ClientKind, isPublic: boolean): boolean {
  return kind !== "federation" && !isPublic;
}

/** The OAuth clients of a workspace, or the one with this id, newest first, without revoked ones. */
function readClients(workspaceId: string, id: string | null): Promise<Row[]> {
  return all<Row>(sql`
    SELECT t.id, t."publicId", t.last4, t.name, t.scopes, t."createdAt", t."creatorName", t."connectionId", c.name AS "connectionName",
           o.grants, o."redirectUris", o."tokenSeconds", o.issuer, o.subject, o.audiences, o."jwksUri",
           u.at AS "usedAt", u.address AS "usedAddress", u.agent AS "usedAgent",
           coalesce((SELECT json_agg(json_build_object('id', s.id, 'last4', s.last4, 'expiresAt', s."expiresAt") ORDER BY s.id DESC) FROM "AccessToken" s
             WHERE s."workspaceId" = t."workspaceId" AND s."replacedById" = t.id AND s."revokedAt" IS NULL AND (s."expiresAt" IS NULL OR s."expiresAt" > now())), '[]') AS "oldSecrets",
           (SELECT json_build_object('by', g."grantedBy", 'at', g."createdAt") FROM "OAuthGrant" g
             WHERE g."workspaceId" = t."workspaceId" AND g."tokenId" = t.id AND g.kind = 'code' AND g."usedAt" IS NOT NULL AND g."revokedAt" IS NULL
             ORDER BY g.id DESC LIMIT 1) AS consent
    FROM "AccessToken" t JOIN "OAuthClient" o ON o."workspaceId" = t."workspaceId" AND o."tokenId" = t.id
    LEFT JOIN "Connection" c ON c."workspaceId" = t."workspaceId" AND c.id = t."connectionId"
    LEFT JOIN "AccessTokenUse" u ON u."workspaceId" = t."workspaceId" AND u."tokenId" = t.id
    WHERE t."workspaceId" = ${workspaceId} AND t.kind = 'client' AND t."revokedAt" IS NULL AND (${id}::text IS NULL OR t.id::text = ${id}) ORDER BY t.id DESC`);
}

/** The OAuth clients of a workspace, newest first, without revoked ones. */
export async function listOAuthClients(workspaceId: string) {
  return (await readClients(workspaceId, null)).map(toView);
}

export async function findView(workspaceId: string, id: string) {
  const [row] = await readClients(workspaceId, id);
  if (!row) throw notFound("client");
  return toView(row);
}

export type NewOAuthClient = OAuthClientInput & {
  kind: ClientKind;
  /** No secret, for programs that can't keep one. Only with authorization codes, and then with PKCE. */
  isPublic: boolean;
  /** The name of another identity provider; null joins the existing connection. */
  connection: string | null;
};

export function targetOf(id: string, name: string): Target {
  return { kind: "oauth_client", id, name };
}

/** Creates a client. Its secret is only in this return value, and null for a client without one. */
export async function createOAuthClient(actor: Actor, input: NewOAuthClient) {
  const isPublic = input.isPublic && input.kind === "authorization_code";
  const settings = parseClient(input.kind, input);
  const { token, publicId } = newToken();
  const id = newId();
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const connectionId = await findConnection(tx, actor, settings.scopes, input.connection);
    const creatorId = actor.kind === "member" ? actor.id : null;
    await tx.run(sql`
      INSERT INTO "AccessToken" ("workspaceId", id, kind, "publicId", "secretHash", last4, name, scopes, "connectionId", "creatorId", "creatorName")
      VALUES (${actor.workspaceId}, ${id}, 'client', ${publicId}, ${hashToken(token)}, ${token.slice(-4)}, ${settings.name}, ${settings.scopes},
              ${connectionId}, ${creatorId}, ${actor.name})`);
    await tx.run(sql`
      INSERT INTO "OAuthClient" ("workspaceId", "tokenId", grants, "redirectUris", "tokenSeconds", issuer, subject, audiences, "jwksUri")
      VALUES (${actor.workspaceId}, ${id}, ${grantsOf(input.kind, isPublic)}, ${settings.redirectUris}, ${settings.tokenSeconds}, ${settings.issuer},
              ${settings.subject}, ${settings.audiences}, ${settings.jwksUri})`);
    record(tx, actor, "oauth_client.created", targetOf(id, settings.name), {
      after: { kind: input.kind, ...settings },
    });
    await announceAccess(tx, actor, workspace, { kind: "oauth_client", id, name: settings.name });
  });
  const client = await findView(actor.workspaceId, id);
  return { client, secret: hasSecret(input.kind, isPublic) ? token : null };
}

type Live = ClientSettings &
  Pick<AccessTokenModel, "publicId" | "connectionId" | "revokedAt"> &
  Pick<OAuthClientModel, "grants">;

export async function findLive(tx: Tx, workspaceId: string, id: string): Promise<Live> {
  const row = await tx.one<Live>(sql`
    SELECT t.name, t."publicId", t.scopes, t."connectionId", t."revokedAt", o.grants, o."redirectUris", o."tokenSeconds", o.issuer, o.subject, o.audiences, o."jwksUri"
    FROM "AccessToken" t JOIN "OAuthClient" o ON o."workspaceId" = t."workspaceId" AND o."tokenId" = t.id
    WHERE t."workspaceId" = ${workspaceId} AND t.id = ${id} AND t.kind = 'client' FOR UPDATE OF t`);
  if (!row) throw notFound("client");
  if (row.revokedAt) throw refusal("token_ended.client");
  return row;
}

function settingsOf(live: Live): ClientSettings {
  const { name, scopes, tokenSeconds, redirectUris, issuer, subject, audiences, jwksUri } = live;
  return { name, scopes, tokenSeconds, redirectUris, issuer, subject, audiences, jwksUri };
}

/** Changes a client, but never its kind. The next request with one of its tokens gets the narrower scopes. */
export async function updateOAuthClient(actor: Actor, id: string, input: OAuthClientInput) {
  await inWorkspace(actor.workspaceId, async (tx) => {
    const live = await findLive(tx, actor.workspaceId, id);
    const settings = parseClient(kindOf(live), input);
    const connectionId = live.connectionId ?? (await findConnection(tx, actor, settings.scopes, null));
    await tx.run(sql`
      UPDATE "AccessToken" SET name = ${settings.name}, scopes = ${settings.scopes}, "connectionId" = ${connectionId}
      WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id}`);
    await tx.run(sql`
      UPDATE "OAuthClient" SET "redirectUris" = ${settings.redirectUris}, "tokenSeconds" = ${settings.tokenSeconds}, issuer = ${settings.issuer},
        subject = ${settings.subject}, audiences = ${settings.audiences}, "jwksUri" = ${settings.jwksUri}
      WHERE "workspaceId" = ${actor.workspaceId} AND "tokenId" = ${id}`);
    const change = { before: settingsOf(live), after: settings };
    record(tx, actor, "oauth_client.updated", targetOf(id, settings.name), change);
    await endWebhooksWithoutScope(tx, actor.workspaceId, { id, ...settings });
  });
  return findView(actor.workspaceId, id);
}

/** Revokes at once: every issued token names the client's row, and each request reads that row. */
export async function revokeOAuthClient(actor: Actor, id: string): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx) => {
    const { name } = await findLive(tx, actor.workspaceId, id);
    await tx.run(sql`
      UPDATE "AccessToken" SET "revokedAt" = clock_timestamp()
      WHERE "workspaceId" = ${actor.workspaceId} AND (id = ${id} OR "replacedById" = ${id}) AND "revokedAt" IS NULL`);
    await tx.run(sql`
      UPDATE "OAuthGrant" SET "revokedAt" = now() WHERE "workspaceId" = ${actor.workspaceId} AND "tokenId" = ${id} AND "revokedAt" IS NULL`);
    record(tx, actor, "oauth_client.revoked", targetOf(id, name));
    await endWebhooksOf(tx, actor.workspaceId, [id], `The OAuth client ${name}, which created it, was revoked.`);
  });
}
