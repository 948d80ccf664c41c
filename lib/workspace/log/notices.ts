import { all, type ConnectionModel, sql } from "@/lib/db";
import { judge } from "./health";

/** What an admin should know wherever they are. */
export type Notice = {
  kind: "held" | "holdStopped" | "stopped" | "failing" | "tokenEnding" | "tokenEnded";
  /** The connection or the token; empty for a hold. */
  name: string;
  /** When it began, or when a token ends, as an ISO time; null if unknown. */
  at: string | null;
};

type Row = { kind: "held" | "holdStopped" | "tokenEnding" | "tokenEnded"; name: string; at: Date };

/** An open or stopped hold, and tokens of identity providers that end within 14 days or ended within the last seven. */
function findTimed(workspaceId: string) {
  return all<Row>(sql`
    SELECT CASE state WHEN 'open' THEN 'held' ELSE 'holdStopped' END AS kind, '' AS name, "openedAt" AS at FROM "Hold"
      WHERE "workspaceId" = ${workspaceId} AND state IN ('open', 'stopped')
    UNION ALL SELECT CASE WHEN "expiresAt" > now() THEN 'tokenEnding' ELSE 'tokenEnded' END, name, "expiresAt" FROM "AccessToken"
      WHERE "workspaceId" = ${workspaceId} AND kind = 'token' AND "connectionId" IS NOT NULL AND "revokedAt" IS NULL AND "replacedById" IS NULL
        AND "expiresAt" > now() - interval '7 days' AND "expiresAt" < now() + interval '14 days'
    ORDER BY at`);
}

type Health = Pick<ConnectionModel, "name" | "state"> & {
  liveTokens: number;
  firstRequestAt: Date | null;
  unauthorized: number;
  writes: number;
  failedWrites: number;
};

/** The connections that are in use, with what decides about their health. */
function findHealths(workspaceId: string) {
  return all<Health>(sql`
    SELECT c.name, c.state,
      (SELECT count(*) FROM "AccessToken" t WHERE t."workspaceId" = c."workspaceId" AND t."connectionId" = c.id AND t."revokedAt" IS NULL AND (t."expiresAt" IS NULL OR t."expiresAt" > now())) AS "liveTokens",
      (SELECT at FROM "ScimRequest" r WHERE r."workspaceId" = c."workspaceId" AND r."connectionId" = c.id ORDER BY id DESC LIMIT 1) AS "firstRequestAt",
      (SELECT count(*) FROM "ScimRequest" r WHERE r."workspaceId" = c."workspaceId" AND r."connectionId" = c.id AND r.status = 401 AND r.at > now() - interval '1 hour') AS unauthorized,
      w.writes, w."failedWrites"
    FROM "Connection" c CROSS JOIN LATERAL (SELECT count(*) AS writes, count(*) FILTER (WHERE l.status >= 400 AND l.status <> 429) AS "failedWrites" FROM
      (SELECT status FROM "ScimRequest" r WHERE r."workspaceId" = c."workspaceId" AND r."connectionId" = c.id AND method <> 'GET' ORDER BY id DESC LIMIT 50) l) w
    WHERE c."workspaceId" = ${workspaceId} AND c.state = 'connected' ORDER BY c.id`);
}

/** The notices of a workspace, the most urgent first: what is held, what doesn't work, and what will stop. */
export async function listNotices(workspaceId: string): Promise<Notice[]> {
  const [timed, healths] = await Promise.all([findTimed(workspaceId), findHealths(workspaceId)]);
  const broken = healths.flatMap((health): Notice[] => {
    const { state } = judge(health);
    return state === "stopped" || state === "failing" ? [{ kind: state, name: health.name, at: null }] : [];
  });
  const dated = timed.map(({ kind, name, at }) => ({ kind, name, at: at.toISOString() }));
  const isHold = ({ kind }: Notice) => kind === "held" || kind === "holdStopped";
  return [...dated.filter(isHold), ...broken, ...dated.filter((notice) => !isHold(notice))];
}
