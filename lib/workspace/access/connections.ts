import { type ConnectionModel, sql } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { endWebhooksOf } from "./givers";

/**
 * Ends a connection: revokes its tokens and hands the people and teams it managed back to the app. Nobody is suspended (D-07). Changes held
 * by an open hold are dropped.
 */
export function disconnect(actor: Actor, connectionId: string): Promise<{ people: number; teams: number }> {
  return inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const connection = await tx.one<Pick<ConnectionModel, "name" | "state">>(
      sql`SELECT name, state FROM "Connection" WHERE "workspaceId" = ${workspace.id} AND id = ${connectionId} FOR UPDATE`,
    );
    if (!connection) throw notFound("connection");
    if (connection.state !== "connected") {
      throw refusal("connection_ended.before", { connection: connection.name });
    }
    const freed = await tx.one<{ people: number; teams: number; tokens: number; tokenIds: string[] }>(sql`
      WITH people AS (UPDATE "Membership" SET "connectionId" = NULL, "overrideUntil" = NULL, "roleOverridden" = false, "saidRole" = NULL
          WHERE "workspaceId" = ${workspace.id} AND "connectionId" = ${connectionId} RETURNING state),
        teams AS (UPDATE "Team" SET "connectionId" = NULL, "overrideUntil" = NULL WHERE "workspaceId" = ${workspace.id} AND "connectionId" = ${connectionId} RETURNING 1),
        tokens AS (UPDATE "AccessToken" SET "revokedAt" = clock_timestamp() WHERE "workspaceId" = ${workspace.id} AND "connectionId" = ${connectionId} AND "revokedAt" IS NULL RETURNING id),
        held AS (DELETE FROM "HeldChange" WHERE "workspaceId" = ${workspace.id} AND "connectionId" = ${connectionId}),
        ended AS (UPDATE "Connection" SET state = 'disconnected', "disconnectedAt" = now() WHERE "workspaceId" = ${workspace.id} AND id = ${connectionId})
      SELECT (SELECT count(*) FROM people WHERE state <> 'ended') AS people, (SELECT count(*) FROM teams) AS teams, (SELECT count(*) FROM tokens) AS tokens, ARRAY(SELECT id FROM tokens) AS "tokenIds"`);
    const { tokenIds, ...counts } = freed ?? { people: 0, teams: 0, tokens: 0, tokenIds: [] };
    const reason = `The identity provider ${connection.name}, whose token created it, was disconnected.`;
    await endWebhooksOf(tx, workspace.id, tokenIds, reason);
    record(
      tx,
      actor,
      "connection.disconnected",
      { kind: "connection", id: connectionId, name: connection.name },
      { after: counts },
    );
    return { people: counts.people, teams: counts.teams };
  });
}
