import { point } from "@/lib/database/reader";
import { list, type Statement, statement } from "@/lib/db";
import type { Caller } from "@/lib/provisioning/http/caller";
import { StaleToken } from "@/lib/workspace/access/live-token";

const live = (at: number) => `SELECT EXISTS (
    SELECT 1 FROM "AccessToken" t JOIN "Workspace" w ON w.id = t."workspaceId"
    WHERE t."workspaceId" = $${at + 1} AND t.id = $${at + 2} AND t.version = $${at + 3} AND w."settingsVersion" = $${at + 4}
      AND (t."expiresAt" IS NULL OR t."expiresAt" > now())
      AND ($${at + 5}::timestamptz IS NULL OR $${at + 5}::timestamptz > now())) AS live`;

/**
 * Rows for a caller, each with an `id`. If the token was cached and not read, the same statement proves that it is still valid, so a
 * revoked token fails on the very next request without an extra query. `isPoint`: at most one row, found by a unique key; anything else
 * waits in the workspace's lane. Throws StaleToken, and Busy.
 */
export async function readRows<Row extends { id: string }>(
  caller: Caller,
  { text, values, isPoint }: { text: string; values: unknown[]; isPoint: boolean },
): Promise<Row[]> {
  const { workspaceId, id, remembered } = caller.actor;
  const read = <Found extends object>(query: Statement) =>
    isPoint ? point<Found>(query) : list<Found>(workspaceId, query);
  if (!remembered || remembered.isProven) return read<Row>(statement(text, values));
  // A join without an equality is a nested loop, which keeps the order of its inner side.
  const proven = `SELECT p.*, g.live FROM (${live(values.length)}) g LEFT JOIN (${text}) p ON g.live`;
  const { tokenVersion, settingsVersion, until } = remembered;
  const rows = await read<Row & { live: boolean }>(
    statement(proven, [...values, workspaceId, id, tokenVersion, settingsVersion, until]),
  );
  if (rows[0]?.live !== true) throw new StaleToken();
  remembered.isProven = true; // the rest of this request need not prove it again
  return rows[0].id === null ? [] : rows;
}
