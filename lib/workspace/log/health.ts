import { all, type ConnectionModel, one, sql, type WorkspaceModel } from "@/lib/db";
import { env } from "@/lib/env";
import { translator } from "@/lib/messages/translator";
import { isVerifiedDomain } from "@/lib/workspace/claims/verified";
import { findHold } from "@/lib/workspace/holds/decide";
import { listKeptAdmins } from "@/lib/workspace/members/roles";
import { countLost, listLost } from "@/lib/workspace/restore/lost";

type Health = Pick<ConnectionModel, "id" | "name" | "state"> & {
  liveTokens: number;
  firstRequestAt: Date | null;
  lastRequestAt: Date | null;
  lastSuccessAt: Date | null;
  writes: number;
  failedWrites: number;
  unauthorized: number;
  lastError: { at: string; status: number; detail: string | null } | null;
};

type Judged = Pick<Health, "state" | "liveTokens" | "unauthorized" | "firstRequestAt" | "failedWrites" | "writes">;

type ConnectionState = "waiting" | "healthy" | "degraded" | "failing" | "stopped";

/**
 * Failing at 40 % failures among the last 50 writes, or after a 401 with one of the connection's tokens in the last hour (D-90). Writes that
 * a hold or the rate limit put off aren't failures: the identity provider sends them again.
 */
export function judge(health: Judged): { state: ConnectionState; reason: string | null } {
  const t = translator("provisioning");
  if (health.state === "disconnected") return { state: "stopped", reason: t("connection.reason.disconnected") };
  if (health.liveTokens === 0) return { state: "stopped", reason: t("connection.reason.noToken") };
  if (health.unauthorized > 0) return { state: "failing", reason: t("connection.reason.oldToken") };
  if (health.firstRequestAt === null) return { state: "waiting", reason: null };
  if (health.failedWrites === 0) return { state: "healthy", reason: null };
  const reason = t("connection.reason.refused", { failed: health.failedWrites, writes: health.writes });
  return { state: health.failedWrites >= 0.4 * health.writes ? "failing" : "degraded", reason };
}

/** Provisioning status: the health of each connection, and counts of changes in the last day and week. */
export async function findProvisioningStatus(workspaceId: string) {
  const healths = await all<Health>(sql`
    SELECT c.id, c.name, c.state,
      (SELECT count(*) FROM "AccessToken" t WHERE t."workspaceId" = c."workspaceId" AND t."connectionId" = c.id AND t."revokedAt" IS NULL AND (t."expiresAt" IS NULL OR t."expiresAt" > now())) AS "liveTokens",
      s."firstRequestAt", s."lastRequestAt", s."lastSuccessAt", s.unauthorized, w.writes, w."failedWrites", e."lastError"
    FROM "Connection" c
    CROSS JOIN LATERAL (SELECT min(at) AS "firstRequestAt", max(at) AS "lastRequestAt", max(at) FILTER (WHERE status < 400) AS "lastSuccessAt",
      count(*) FILTER (WHERE status = 401 AND at > now() - interval '1 hour') AS unauthorized
      FROM "ScimRequest" r WHERE r."workspaceId" = c."workspaceId" AND r."connectionId" = c.id) s
    CROSS JOIN LATERAL (SELECT count(*) AS writes, count(*) FILTER (WHERE l.status >= 400 AND l.status <> 429) AS "failedWrites" FROM
      (SELECT status FROM "ScimRequest" r WHERE r."workspaceId" = c."workspaceId" AND r."connectionId" = c.id AND method <> 'GET' ORDER BY id DESC LIMIT 50) l) w
    LEFT JOIN LATERAL (SELECT json_build_object('at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'status', status, 'detail', detail) AS "lastError"
      FROM "ScimRequest" r WHERE r."workspaceId" = c."workspaceId" AND r."connectionId" = c.id AND status >= 400 ORDER BY id DESC LIMIT 1) e ON true
    WHERE c."workspaceId" = ${workspaceId} ORDER BY c.id`);
  const context = await one<Pick<WorkspaceModel, "scimEnabled"> & { verifiedDomains: number }>(sql`
    SELECT w."scimEnabled", (SELECT count(*) FROM "Domain" d WHERE d."workspaceId" = w.id AND ${isVerifiedDomain}) AS "verifiedDomains" FROM "Workspace" w WHERE w.id = ${workspaceId}`);
  return {
    connections: healths.map((health) => ({
      id: health.id,
      name: health.name,
      ...judge(health),
      firstRequestAt: health.firstRequestAt?.toISOString() ?? null,
      lastRequestAt: health.lastRequestAt?.toISOString() ?? null,
      lastSuccessAt: health.lastSuccessAt?.toISOString() ?? null,
      lastError: health.lastError,
      liveTokens: health.liveTokens,
      isConnected: health.state === "connected",
    })),
    counts: { day: await countEffects(workspaceId, 1), week: await countEffects(workspaceId, 7) },
    hold: await findHold(workspaceId),
    ...(await lostOf(workspaceId)),
    keptAdmins: await listKeptAdmins(workspaceId),
    scimUrl: `${env().MUSTER_URL}/scim/v2`,
    scimEnabled: context?.scimEnabled ?? false,
    verifiedDomains: context?.verifiedDomains ?? 0,
  };
}

type Counts = {
  requests: number;
  usersCreated: number;
  usersUpdated: number;
  usersSuspended: number;
  groupsChanged: number;
  errors: number;
};

async function countEffects(workspaceId: string, days: number): Promise<Counts> {
  const row = await one<Counts>(sql`
    SELECT count(*) AS requests,
      count(*) FILTER (WHERE effect IN ('user.added', 'user.invited', 'user.adopted')) AS "usersCreated",
      count(*) FILTER (WHERE effect IN ('user.updated', 'user.reactivated')) AS "usersUpdated",
      count(*) FILTER (WHERE effect IN ('user.suspended', 'user.ended')) AS "usersSuspended",
      count(*) FILTER (WHERE effect LIKE 'group.%') AS "groupsChanged",
      count(*) FILTER (WHERE status >= 400) AS errors
    FROM "ScimRequest" WHERE "workspaceId" = ${workspaceId} AND at > now() - make_interval(days => ${days})`);
  return row ?? { requests: 0, usersCreated: 0, usersUpdated: 0, usersSuspended: 0, groupsChanged: 0, errors: 0 };
}

async function lostOf(workspaceId: string) {
  const lost = await listLost(workspaceId);
  return { lost, lostTotal: await countLost(workspaceId, lost.length) };
}
