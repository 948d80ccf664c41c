import { one, run, sql } from "@/lib/db";
import type { Domain } from "./domain";

/**
 * Takes the next due claim, or null. The lease lasts a minute, longer than a check takes, so a claim is free again after its worker dies
 * and several processes can share the work.
 */
export function takeDueDomain(): Promise<Domain | null> {
  return one<Domain>(sql`
    UPDATE "Domain" SET "nextCheckAt" = now() + interval '1 minute'
    WHERE ("workspaceId", id) = (SELECT "workspaceId", id FROM "Domain" WHERE "nextCheckAt" <= now() ORDER BY "nextCheckAt" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING *`);
}

/** Postpones a claim that can't be checked by an hour. Its state stays, because the failure reveals nothing about the record. */
export async function putOffCheck({ workspaceId, id }: Pick<Domain, "workspaceId" | "id">): Promise<void> {
  await run(sql`
    UPDATE "Domain" SET "nextCheckAt" = now() + interval '1 hour', "checkedAt" = now(), checks = checks + 1
    WHERE "workspaceId" = ${workspaceId} AND id = ${id} AND "nextCheckAt" IS NOT NULL`);
}

/** Seconds until the next check, or null when none is scheduled. Claims already due are ignored, because they are being checked. */
export async function nextDomainCheckIn(): Promise<number | null> {
  const row = await one<{ seconds: number | null }>(
    sql`SELECT extract(epoch FROM min("nextCheckAt") - now())::float8 AS seconds FROM "Domain" WHERE "nextCheckAt" > now()`,
  );
  return row?.seconds ?? null;
}
