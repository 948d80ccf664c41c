import { type AccessTokenModel, all, sql, type Tx } from "@/lib/db";
import { typedName } from "@/lib/name";
import type { Scope } from "@/lib/scopes";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { parseScopes } from "@/lib/workspace/scopes";
import { inWorkspace } from "@/lib/workspace/transaction";
import { findConnection } from "./find-connection";
import { announceAccess, endWebhooksOf, endWebhooksWithoutScope } from "./givers";
import { hashToken, newToken } from "./token-format";

type Row = Pick<
  AccessTokenModel,
  | "id"
  | "publicId"
  | "last4"
  | "name"
  | "scopes"
  | "createdAt"
  | "expiresAt"
  | "revokedAt"
  | "replacedById"
  | "connectionId"
  | "creatorName"
> & {
  expired: boolean;
  connectionName: string | null;
  creatorIsAdmin: boolean | null;
  usedAt: Date | null;
  usedAddress: string | null;
  usedAgent: string | null;
};

function toView(row: Row) {
  return {
    id: row.id,
    name: row.name,
    prefix: `mst_${row.publicId}`,
    last4: row.last4,
    scopes: row.scopes,
    createdAt: row.createdAt.toISOString(),
    creator: row.creatorName === null ? null : { name: row.creatorName, isAdmin: row.creatorIsAdmin ?? false },
    expiresAt: row.expiresAt?.toISOString() ?? null,
    state: row.revokedAt ? ("revoked" as const) : row.expired ? ("expired" as const) : ("live" as const),
    retiring: row.replacedById !== null,
    connection: row.connectionId === null ? null : { id: row.connectionId, name: row.connectionName ?? "" },
    lastUse:
      row.usedAt === null ? null : { at: row.usedAt.toISOString(), address: row.usedAddress, agent: row.usedAgent },
  };
}

/** The tokens of a workspace, or the one with this id, newest first, without revoked ones. */
function readTokens(workspaceId: string, id: string | null): Promise<Row[]> {
  return all<Row>(sql`
    SELECT t.id, t."publicId", t.last4, t.name, t.scopes, t."createdAt", t."expiresAt", t."revokedAt", t."replacedById", t."expiresAt" <= now() AS expired,
           t."connectionId", c.name AS "connectionName", t."creatorName", m.role = 'admin' AND m.state = 'active' AS "creatorIsAdmin",
           u.at AS "usedAt", u.address AS "usedAddress", u.agent AS "usedAgent"
    FROM "AccessToken" t
    LEFT JOIN "Connection" c ON c."workspaceId" = t."workspaceId" AND c.id = t."connectionId"
    LEFT JOIN "Membership" m ON m."workspaceId" = t."workspaceId" AND m.id = t."creatorId"
    LEFT JOIN "AccessTokenUse" u ON u."workspaceId" = t."workspaceId" AND u."tokenId" = t.id
    WHERE t."workspaceId" = ${workspaceId} AND t.kind = 'token' AND t."revokedAt" IS NULL AND (${id}::text IS NULL OR t.id::text = ${id}) ORDER BY t.id DESC`);
}

/** The tokens of a workspace, newest first, without revoked ones. */
export async function listAccessTokens(workspaceId: string) {
  return (await readTokens(workspaceId, null)).map(toView);
}

export async function findView(workspaceId: string, id: string) {
  const [row] = await readTokens(workspaceId, id);
  if (!row) throw notFound("token");
  return toView(row);
}

export type NewAccessToken = {
  name: string;
  scopes: string[];
  /** ISO time, or null for never. */
  expiresAt: string | null;
  /** The name of another identity provider; null joins the existing connection. */
  connection: string | null;
};

/** Creates a token. The secret is only in this return value. */
export async function createAccessToken(actor: Actor, input: NewAccessToken) {
  const scopes = parseScopes(input.scopes);
  const name = parseName(input.name);
  const { id, secret } = await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const connectionId = await findConnection(tx, actor, scopes, input.connection);
    const made = await insertToken(tx, actor, { name, scopes, expiresAt: input.expiresAt, connectionId });
    await announceAccess(tx, actor, workspace, { kind: "access_token", id: made.id, name });
    return made;
  });
  return { token: await findView(actor.workspaceId, id), secret };
}

function parseName(name: string): string {
  const trimmed = typedName(name, "token");
  if (trimmed === "") throw refusal("name_blank.token");
  return trimmed;
}

type TokenRow = { name: string; scopes: Scope[]; expiresAt: string | null; connectionId: string | null };

export async function insertToken(tx: Tx, actor: Actor, row: TokenRow): Promise<{ id: string; secret: string }> {
  const { token, publicId } = newToken();
  const id = newId();
  const creatorId = actor.kind === "member" ? actor.id : null;
  const inserted = await tx.one(sql`
    INSERT INTO "AccessToken" ("workspaceId", id, "publicId", "secretHash", last4, name, scopes, "connectionId", "creatorId", "creatorName", "expiresAt")
    SELECT ${actor.workspaceId}, ${id}, ${publicId}, ${hashToken(token)}, ${token.slice(-4)}, ${row.name}, ${row.scopes}, ${row.connectionId}, ${creatorId}, ${actor.name}, ${row.expiresAt}
    WHERE ${row.expiresAt}::timestamptz IS NULL OR ${row.expiresAt}::timestamptz > now() RETURNING id`);
  if (!inserted) throw refusal("expiry_in_past.past");
  const after = { name: row.name, scopes: row.scopes, expiresAt: row.expiresAt };
  record(tx, actor, "access_token.created", { kind: "access_token", id, name: row.name }, { after });
  return { id, secret: token };
}

type Live = Pick<AccessTokenModel, "id" | "name" | "connectionId" | "expiresAt"> & { scopes: Scope[] };

export async function findLive(tx: Tx, workspaceId: string, id: string): Promise<Live> {
  const row = await tx.one<Live & Pick<AccessTokenModel, "revokedAt">>(
    sql`SELECT id, name, scopes, "connectionId", "expiresAt", "revokedAt" FROM "AccessToken" WHERE "workspaceId" = ${workspaceId} AND id = ${id} AND kind = 'token' FOR UPDATE`,
  );
  if (!row) throw notFound("token");
  if (row.revokedAt) throw refusal("token_ended.token");
  return row;
}

/** Changes the name and scopes of a live token, from the next request on. */
export async function updateAccessToken(actor: Actor, id: string, input: { name: string; scopes: string[] }) {
  const scopes = parseScopes(input.scopes);
  const name = parseName(input.name);
  await inWorkspace(actor.workspaceId, async (tx) => {
    const token = await findLive(tx, actor.workspaceId, id);
    const connectionId = token.connectionId ?? (await findConnection(tx, actor, scopes, null));
    await tx.run(sql`
      UPDATE "AccessToken" SET name = ${name}, scopes = ${scopes}, "connectionId" = ${connectionId} WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id}`);
    const change = { before: { name: token.name, scopes: token.scopes }, after: { name, scopes } };
    record(tx, actor, "access_token.updated", { kind: "access_token", id, name }, change);
    await endWebhooksWithoutScope(tx, actor.workspaceId, { id, name, scopes });
  });
  return findView(actor.workspaceId, id);
}

/** Revokes at once: every request reads the token's row, so the next one gets 401 from every API. */
export async function revokeAccessToken(actor: Actor, id: string): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx) => {
    const token = await findLive(tx, actor.workspaceId, id);
    await tx.run(
      sql`UPDATE "AccessToken" SET "revokedAt" = clock_timestamp() WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id}`,
    );
    record(tx, actor, "access_token.revoked", { kind: "access_token", id, name: token.name });
    await endWebhooksOf(tx, actor.workspaceId, [id], `The access token ${token.name}, which created it, was revoked.`);
  });
}
