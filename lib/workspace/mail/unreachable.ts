import { run, sql } from "@/lib/db";

/** Days that an email waits for an unreachable mail server. */
const unreachableDays = 3;

/**
 * Puts back an email when its server couldn't be reached; the attempt doesn't count. All other due emails wait too, and the start of the
 * outage is recorded.
 */
export async function noteUnreachable(id: string, detail: string, seconds: number): Promise<void> {
  await run(sql`
    UPDATE "Mail" SET attempts = greatest(attempts - 1, 0), detail = ${detail}, "unreachableSince" = coalesce("unreachableSince", now()), "notBefore" = now() + make_interval(secs => ${seconds})
    WHERE id = ${id} AND state = 'pending'`);
  await inParts((most) =>
    run(sql`
      UPDATE "Mail" SET detail = ${detail}, "unreachableSince" = now() WHERE id IN (
        SELECT id FROM "Mail" WHERE state = 'pending' AND "notBefore" <= now() AND "unreachableSince" IS NULL LIMIT ${most})`),
  );
}

/** The server is reachable again: waiting emails get the full waiting time at the next outage. */
export async function forgetUnreachable(): Promise<void> {
  await inParts((most) =>
    run(sql`
      UPDATE "Mail" SET detail = NULL, "unreachableSince" = NULL WHERE id IN (
        SELECT id FROM "Mail" WHERE state = 'pending' AND "unreachableSince" IS NOT NULL LIMIT ${most})`),
  );
}

/** Gives up emails that have waited three days for the mail server. They keep their links, so that they can be sent again. */
export async function failUnreachable(): Promise<void> {
  await inParts((most) =>
    run(sql`
      UPDATE "Mail" SET state = 'failed', detail = 'The mail server couldn''t be reached for three days: ' || detail, "sentAt" = now() WHERE id IN (
        SELECT id FROM "Mail" WHERE state = 'pending' AND "unreachableSince" < now() - make_interval(days => ${unreachableDays}) LIMIT ${most})`),
  );
}

/** Changes any number of rows, a few thousand per statement. */
async function inParts(change: (most: number) => Promise<number>, most = 5_000): Promise<void> {
  while ((await change(most)) === most);
}
