import { one, run, sql } from "@/lib/db";
import type { Domain } from "./domain";

/**
 * Takes the next claim whose time has come, or null. It is leased for a minute, longer than a check takes; a worker that dies frees it
 * after that, and several processes share what is due.
 */
export function takeDueDomain(): Promise<Domain | null> {
  return one<Domain>(sql`
    UPDATE "Domain" SET "nextCheckAt" = now() + interval '1 minute'
    WHERE ("workspaceId", id) = (SELECT "workspaceId", id FROM "Domain" WHERE "nextCheckAt" <= now() ORDER BY "nextCheckAt" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING *`);
}

/** Puts a claim that can't be checked off for an hour. Its state stays: this says nothing of its record. */
export async function putOffCheck({ workspaceId, id }: Pick<Domain, "workspaceId" | "id">): Promise<void> {
  await run(sql`
    UPDATE "Domain" SET "nextCheckAt" = now() + interval '1 hour', "checkedAt" = now(), checks = checks + 1
    WHERE "workspaceId" = ${workspaceId} AND id = ${id} AND "nextCheckAt" IS NOT NULL`);
}

/** Seconds until the next check is due, or null when none is planned. What is due already is being looked at. */
export async function nextDomainCheckIn(): Promise<number | null> {
  const row = await one<{ seconds: number | null }>(
    sql`SELECT extract(epoch FROM min("nextCheckAt") - now())::float8 AS seconds FROM "Domain" WHERE "nextCheckAt" > now()`,
  );
  return row?.seconds ?? null;
}
