import { inTransaction } from "@/lib/database/transaction";
import { type OAuthGrantModel, one, sql, type Tx } from "@/lib/db";
import { announceAccess, endWebhooksOfIssued } from "@/lib/workspace/access/givers";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { notFound } from "@/lib/workspace/refusal";
import { hashSecret, newSecret } from "@/lib/workspace/seal";
import { inWorkspace } from "@/lib/workspace/transaction";
import type { OAuthClient } from "./client";
import type { Issued } from "./token";

// Authorization codes and refresh tokens: hashed, used once. Everything that came from one consent is a family. Presenting one of its
// secrets twice ends the whole family, since someone else must have a copy (RFC 6749 §4.1.2, RFC 9700 §4.14.2).

/** Seconds until a code expires. Short, because the client redeems it at once. */
export const codeSeconds = 60;
/** Seconds until an unused refresh token expires. Each use replaces it with a new one. */
export const refreshSeconds = 365 * 86_400;

type Client = Pick<OAuthClient, "workspaceId" | "tokenId" | "name">;

/** What an admin granted in one consent. */
export type Consent = Pick<OAuthGrantModel, "familyId" | "scopes" | "grantedBy">;

export type Grant = Consent & Pick<OAuthGrantModel, "id" | "redirectUri" | "codeChallenge" | "expiresAt">;

export type NewCode = { scopes: string[]; redirectUri: string; codeChallenge: string | null };

/** An admin allows a client to act for the workspace. Returns the code; only its hash is stored. */
export async function insertCode(actor: Actor, client: Client, { scopes, redirectUri, codeChallenge }: NewCode) {
  const code = `msc_${newSecret()}`;
  const familyId = newId();
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    await tx.run(sql`
      INSERT INTO "OAuthGrant" ("workspaceId", id, "tokenId", kind, "secretHash", "familyId", "redirectUri", "codeChallenge", scopes, "grantedBy", "grantedById", "expiresAt")
      VALUES (${client.workspaceId}, ${newId()}, ${client.tokenId}, 'code', ${hashSecret(code)}, ${familyId}, ${redirectUri}, ${codeChallenge}, ${scopes},
              ${actor.name}, ${actor.kind === "member" ? actor.id : null}, now() + make_interval(secs => ${codeSeconds}))`);
    record(tx, actor, "oauth.consent_given", targetOf(client), { after: { scopes, redirectUri } });
    await announceAccess(tx, actor, workspace, { kind: "consent", id: familyId, name: client.name });
  });
  return code;
}

/** An admin denied the consent. Nothing is created. */
export async function denyConsent(actor: Actor, client: Client): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx) => record(tx, actor, "oauth.consent_denied", targetOf(client)));
}

function targetOf({ tokenId, name }: Client) {
  return { kind: "oauth_client" as const, id: tokenId, name };
}

/** This client's code or refresh token, used or not; null when it belongs to another client. */
export function findGrant(client: Client, kind: "code" | "refresh", secret: string): Promise<Grant | null> {
  return one<Grant>(sql`
    SELECT id, "familyId", scopes, "grantedBy", "redirectUri", "codeChallenge", "expiresAt" FROM "OAuthGrant"
    WHERE "secretHash" = ${hashSecret(secret)} AND kind = ${kind} AND "workspaceId" = ${client.workspaceId} AND "tokenId" = ${client.tokenId}`);
}

/** Uses a code or refresh token, once. Returns false, and ends its family, when it can't be used any more. */
export async function takeGrant(client: Client, grant: Grant): Promise<boolean> {
  const used = await one(sql`
    UPDATE "OAuthGrant" SET "usedAt" = now() WHERE "workspaceId" = ${client.workspaceId} AND id = ${grant.id}
      AND "usedAt" IS NULL AND "revokedAt" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > now()) RETURNING id`);
  if (!used) await endFamily(client, grant.familyId, "a code or refresh token was shown twice");
  return used !== null;
}

/** Stores a refresh token of a family. Returns false when the family has ended in the meantime. */
export function insertRefreshToken(client: Client, consent: Consent, secret: string): Promise<boolean> {
  const { workspaceId, tokenId } = client;
  return inTransaction(workspaceId, async (tx) => {
    // Ending a family locks this row, so the statements that follow see whether it has ended.
    await tx.one(sql`SELECT id FROM "AccessToken" WHERE "workspaceId" = ${workspaceId} AND id = ${tokenId} FOR SHARE`);
    const kept = await tx.run(sql`
      INSERT INTO "OAuthGrant" ("workspaceId", id, "tokenId", kind, "secretHash", "familyId", scopes, "grantedBy", "grantedById", "expiresAt")
      SELECT ${workspaceId}, ${newId()}, ${tokenId}, 'refresh', ${hashSecret(secret)}, ${consent.familyId}, ${consent.scopes}, ${consent.grantedBy},
             (SELECT g."grantedById" FROM "OAuthGrant" g WHERE g."workspaceId" = ${workspaceId} AND g."familyId" = ${consent.familyId} LIMIT 1), now() + make_interval(secs => ${refreshSeconds})
      WHERE NOT EXISTS (SELECT 1 FROM "OAuthGrant" g WHERE g."workspaceId" = ${workspaceId} AND g."familyId" = ${consent.familyId} AND g."revokedAt" IS NOT NULL)`);
    tx.send(sql`
      DELETE FROM "OAuthGrant" WHERE "workspaceId" = ${workspaceId} AND "tokenId" = ${tokenId}
        AND ((kind = 'refresh' AND "usedAt" < now() - interval '30 days') OR (kind = 'code' AND "usedAt" IS NULL AND "expiresAt" < now() - interval '1 day'))`);
    return kept === 1;
  });
}

/** Ends everything that came from one consent, from the next request on. */
export function endFamily(client: Client, familyId: string, why: string, actor = actorOf(client)): Promise<void> {
  return inTransaction(client.workspaceId, async (tx) => {
    if (!(await revoke(tx, client, familyId, null))) return;
    await tx.run(sql`
      UPDATE "OAuthGrant" SET "revokedAt" = now() WHERE "workspaceId" = ${client.workspaceId} AND "familyId" = ${familyId} AND "revokedAt" IS NULL`);
    record(tx, actor, "oauth.consent_ended", targetOf(client), { after: { why } });
  });
}

/** An admin revokes a consent. The client has to ask for it again. */
export async function revokeConsent(actor: Actor, familyId: string): Promise<void> {
  const client = await one<Client>(sql`
    SELECT g."workspaceId", g."tokenId", t.name FROM "OAuthGrant" g JOIN "AccessToken" t ON t."workspaceId" = g."workspaceId" AND t.id = g."tokenId"
    WHERE g."workspaceId" = ${actor.workspaceId} AND g."familyId" = ${familyId} LIMIT 1`);
  if (!client) throw notFound("consent");
  await endFamily(client, familyId, "an admin revoked it", actor);
}

/** Ends one issued token before it expires, from the next request on (RFC 7009). */
export function revokeIssued(client: Client, issued: Issued): Promise<void> {
  return inTransaction(client.workspaceId, async (tx) => {
    if (await revoke(tx, client, issued.id, issued.until))
      record(tx, actorOf(client), "oauth.token_revoked", targetOf(client));
  });
}

/** Hours to keep a revocation without a known end: no issued token lives longer. */
const longestHours = 7;

/** Records a revoked key and bumps the version of the client's row, so that processes with a remembered token read it again. */
async function revoke(
  tx: Tx,
  { workspaceId, tokenId, name }: Client,
  key: string,
  until: Date | null,
): Promise<boolean> {
  await tx.run(
    sql`UPDATE "AccessToken" SET version = version WHERE "workspaceId" = ${workspaceId} AND id = ${tokenId}`,
  );
  // An access token that gets tokens for itself has no such row until now.
  tx.send(sql`
    INSERT INTO "OAuthClient" ("workspaceId", "tokenId", grants, "redirectUris", audiences) VALUES (${workspaceId}, ${tokenId}, '{client_credentials}', '{}', '{}')
    ON CONFLICT DO NOTHING`);
  tx.send(sql`DELETE FROM "OAuthRevocation" WHERE "workspaceId" = ${workspaceId} AND "expiresAt" < now()`);
  const noted = await tx.run(sql`
    INSERT INTO "OAuthRevocation" ("workspaceId", key, "tokenId", "expiresAt") VALUES (${workspaceId}, ${key}, ${tokenId}, coalesce(${until}::timestamptz, now() + make_interval(hours => ${longestHours}))) ON CONFLICT DO NOTHING`);
  if (noted === 1)
    await endWebhooksOfIssued(tx, workspaceId, key, `The access that ${name} created it with was revoked.`);
  return noted === 1;
}

function actorOf({ workspaceId, tokenId, name }: Client): Actor {
  return { workspaceId, kind: "token", id: tokenId, name };
}
