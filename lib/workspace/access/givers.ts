import { all, fragment, sql, type Tx, type WebhookModel } from "@/lib/db";
import { translator } from "@/lib/messages/translator";
import { type Actor, systemActor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { mailAdmins } from "@/lib/workspace/mail/outbox";
import type { Membership } from "@/lib/workspace/membership/row";
import { notFound } from "@/lib/workspace/refusal";
import { inWorkspace, type Workspace } from "@/lib/workspace/transaction";

// Access ends with its giver or is listed for review (D-13): a token's webhooks end with the token, and anything created by someone who is
// no longer an admin waits for another admin to keep or revoke it.

export type GivenKind = "access_token" | "oauth_client" | "webhook" | "consent";

type Given = { kind: GivenKind; id: string; name: string };

/**
 * Emails the admins, except the giver, about access that was just given. `change` keeps the email about a later widening from being
 * deduplicated.
 */
export function announceAccess(
  tx: Tx,
  actor: Actor,
  workspace: Pick<Workspace, "id" | "name" | "slug">,
  { kind, id, name }: Given,
  change = "",
): Promise<void> {
  const page = kind === "webhook" ? "webhooks" : "developers";
  // `what` is for a server of an older version that sends this email: it has no text for `given`.
  const data = { what: translator("mails", "en")(`given.${kind}`), given: kind, name, by: actor.name, page };
  return mailAdmins(tx, workspace, "access_given", data, `${kind} ${id} ${change}`.trim(), actor);
}

type Ended = Pick<WebhookModel, "id" | "url" | "description">;

/** Turns off the webhooks that these ended tokens created. An admin who turns one back on takes it over. */
export async function endWebhooksOf(tx: Tx, workspaceId: string, tokenIds: readonly string[], reason: string) {
  const ended = await tx.all<Ended>(sql`
    UPDATE "Webhook" SET enabled = false, "disabledReason" = ${reason}
    WHERE "workspaceId" = ${workspaceId} AND "tokenId" = ANY(${tokenIds}::uuid[]) AND enabled RETURNING id, url, description`);
  recordEnded(tx, workspaceId, ended, reason);
}

/** Same as `endWebhooksOf`, for webhooks created with short-lived issued tokens. `key` is the id of the issued token or of its consent. */
export async function endWebhooksOfIssued(tx: Tx, workspaceId: string, key: string, reason: string): Promise<void> {
  const ended = await tx.all<Ended>(sql`
    UPDATE "Webhook" SET enabled = false, "disabledReason" = ${reason}
    WHERE "workspaceId" = ${workspaceId} AND ${key} = ANY("issuedKeys") AND enabled RETURNING id, url, description`);
  recordEnded(tx, workspaceId, ended, reason);
}

function recordEnded(tx: Tx, workspaceId: string, ended: readonly Ended[], reason: string): void {
  for (const { id, url, description } of ended) {
    const target = { kind: "webhook" as const, id, name: description || url };
    record(tx, systemActor(workspaceId), "webhook.disabled", target, { after: { reason } });
  }
}

/** Same as `endWebhooksOf`, for a token or client that may no longer create webhooks. */
export async function endWebhooksWithoutScope(
  tx: Tx,
  workspaceId: string,
  { id, name, scopes }: { id: string; name: string; scopes: readonly string[] },
): Promise<void> {
  if (scopes.includes("webhook:read-write")) return;
  await endWebhooksOf(tx, workspaceId, [id], `${name}, which created it, may no longer manage webhooks.`);
}

/** Access left behind by someone who is no longer an admin here. */
export type LeftBehind = Given & { by: string; why: "suspended" | "ended" | "member"; createdAt: string };

type Row = Omit<LeftBehind, "createdAt" | "why"> & { createdAt: Date; state: string };

const isLive = fragment`"revokedAt" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > now())`;

/** Everything live in a workspace that has a creator on record, with that creator. */
const given = (workspaceId: string) => fragment`
  SELECT CASE kind WHEN 'client' THEN 'oauth_client' ELSE 'access_token' END AS kind, id, name, "creatorId", "creatorName" AS by, "createdAt"
    FROM "AccessToken" WHERE "workspaceId" = ${workspaceId} AND ${isLive} AND ("replacedById" IS NULL OR "expiresAt" IS NULL)
  UNION ALL SELECT 'webhook', id, coalesce(nullif(description, ''), url), "creatorId", "creatorName", "createdAt"
    FROM "Webhook" WHERE "workspaceId" = ${workspaceId} AND enabled AND "tokenId" IS NULL
  UNION ALL SELECT 'consent', g."familyId", t.name, g."grantedById", g."grantedBy", g."createdAt"
    FROM "OAuthGrant" g JOIN "AccessToken" t ON t."workspaceId" = g."workspaceId" AND t.id = g."tokenId" AND t."revokedAt" IS NULL
    WHERE g."workspaceId" = ${workspaceId} AND g.kind = 'refresh' AND g."usedAt" IS NULL AND g."revokedAt" IS NULL AND g."expiresAt" > now()`;

const leftBehind = (workspaceId: string) => fragment`
  SELECT g.kind, g.id, g.name, g.by, g."createdAt", m.state FROM (${given(workspaceId)}) g
  JOIN "Membership" m ON m."workspaceId" = ${workspaceId} AND m.id = g."creatorId" AND NOT (m.state = 'active' AND m.role = 'admin')`;

/** Access given by people who are no longer admins, oldest first. */
export async function listLeftBehind(workspaceId: string): Promise<LeftBehind[]> {
  const rows = await all<Row>(sql`${leftBehind(workspaceId)} ORDER BY g."createdAt", g.id`);
  return rows.map(({ state, createdAt, ...row }) => ({
    ...row,
    why: state === "suspended" || state === "ended" ? state : "member",
    createdAt: createdAt.toISOString(),
  }));
}

/** Emails the other admins when someone stops being an admin and leaves access behind. */
export async function announceLeftBehind(tx: Tx, workspace: Workspace, membership: Membership): Promise<void> {
  if (membership.role !== "admin" || membership.state !== "active") return;
  const row = await tx.one<{ count: number }>(
    sql`SELECT count(*) AS count FROM (${given(workspace.id)}) g WHERE g."creatorId" = ${membership.id}`,
  );
  if (!row || row.count === 0) return;
  const data = { who: membership.address ?? membership.userName, count: String(row.count) };
  const except = { kind: "member" as const, id: membership.id };
  await mailAdmins(tx, workspace, "access_left", data, `${membership.id} ${membership.version}`, except);
}

/** An admin takes over access that someone left behind; from now on it belongs to them. */
export function keepLeftBehind(actor: Actor, kind: GivenKind, id: string): Promise<void> {
  return inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const row = await tx.one<Row>(sql`${leftBehind(workspace.id)} WHERE g.kind = ${kind} AND g.id = ${id}`);
    if (!row) throw notFound("leftAccess");
    tx.send(takeover(actor, kind, id));
    const target = { kind: kind === "consent" ? "oauth_client" : kind, id, name: row.name } as const;
    record(tx, actor, "access.kept", target, { before: { by: row.by }, after: { by: actor.name } });
  });
}

function takeover({ workspaceId, id: by, name }: Actor, kind: GivenKind, id: string) {
  if (kind === "consent")
    return sql`UPDATE "OAuthGrant" SET "grantedById" = ${by}, "grantedBy" = ${name} WHERE "workspaceId" = ${workspaceId} AND "familyId" = ${id}`;
  if (kind === "webhook")
    return sql`UPDATE "Webhook" SET "creatorId" = ${by}, "creatorName" = ${name} WHERE "workspaceId" = ${workspaceId} AND id = ${id}`;
  return sql`UPDATE "AccessToken" SET "creatorId" = ${by}, "creatorName" = ${name} WHERE "workspaceId" = ${workspaceId} AND id = ${id}`;
}
