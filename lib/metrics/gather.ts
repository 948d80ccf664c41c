import { all, sql } from "@/lib/db";

/** The backlog of a queue: how many rows are due, and for how many seconds the oldest has been. */
export type Due = { queue: "mail" | "webhooks" | "domains"; rows: number; seconds: number };

/** The queues of all workspaces. A row that is being worked on isn't due, because it is leased, nor is one of a webhook that is off. */
export function findDue(): Promise<Due[]> {
  return all<Due>(sql`
    SELECT 'mail' AS queue, count(*) AS rows, coalesce(extract(epoch FROM now() - min("notBefore")), 0)::float8 AS seconds
      FROM "Mail" WHERE state = 'pending' AND "notBefore" <= now()
    UNION ALL SELECT 'webhooks', count(*), coalesce(extract(epoch FROM now() - min(d."notBefore")), 0)::float8
      FROM "WebhookDelivery" d JOIN "Webhook" w ON w."workspaceId" = d."workspaceId" AND w.id = d."webhookId" AND w.enabled
      WHERE d.state = 'pending' AND d."notBefore" <= now()
    UNION ALL SELECT 'domains', count(*), coalesce(extract(epoch FROM now() - min("nextCheckAt")), 0)::float8
      FROM "Domain" WHERE "nextCheckAt" <= now()`);
}

/** Requests of a workspace's identity providers in the last hour. */
export type Sync = {
  /** The slug, or `other` for all workspaces after the busiest hundred. */
  workspace: string;
  requests: number;
  changes: number;
  refused: number;
  unauthorized: number;
};

/** The hundred busiest workspaces of the last hour, and the rest as one: labels of metrics have to be few. */
export function findSync(): Promise<Sync[]> {
  return all<Sync>(sql`
    WITH hour AS (
      SELECT w.slug, count(*) AS requests, count(*) FILTER (WHERE r.method <> 'GET') AS changes,
        count(*) FILTER (WHERE r.method <> 'GET' AND r.status >= 400) AS refused, count(*) FILTER (WHERE r.status = 401) AS unauthorized,
        row_number() OVER (ORDER BY count(*) DESC, w.slug) AS place
      FROM "ScimRequest" r JOIN "Workspace" w ON w.id = r."workspaceId" WHERE r.at > now() - interval '1 hour' GROUP BY w.slug)
    SELECT CASE WHEN place <= 100 THEN slug ELSE 'other' END AS workspace, sum(requests)::float8 AS requests, sum(changes)::float8 AS changes,
      sum(refused)::float8 AS refused, sum(unauthorized)::float8 AS unauthorized
    FROM hour GROUP BY 1`);
}

/** For how many seconds a workspace's identity provider has sent nothing. */
export type Quiet = { workspace: string; seconds: number };

/**
 * The hundred workspaces that have been quiet for longest, of those whose identity provider has sent something within 30 days by a token
 * that still works.
 */
export function findQuiet(): Promise<Quiet[]> {
  return all<Quiet>(sql`
    SELECT w.slug AS workspace, extract(epoch FROM now() - max(u.at))::float8 AS seconds
    FROM "AccessTokenUse" u JOIN "AccessToken" t ON t."workspaceId" = u."workspaceId" AND t.id = u."tokenId" JOIN "Workspace" w ON w.id = u."workspaceId"
    WHERE t."connectionId" IS NOT NULL AND t."revokedAt" IS NULL AND coalesce(t."expiresAt" > now(), true)
    GROUP BY w.slug HAVING max(u.at) > now() - interval '30 days' ORDER BY max(u.at), w.slug LIMIT 100`);
}
