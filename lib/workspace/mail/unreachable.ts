import { run, sql } from "@/lib/db";

/** Days that a mail waits for a mail server that can't be reached. */
const unreachableDays = 3;

/** Puts a mail back whose server couldn't be reached: the try doesn't count. What else is due waits with it, and from when is noted. */
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

/** The server is back: what waits begins to count anew at its next outage. */
export async function forgetUnreachable(): Promise<void> {
  await inParts((most) =>
    run(sql`
      UPDATE "Mail" SET detail = NULL, "unreachableSince" = NULL WHERE id IN (
        SELECT id FROM "Mail" WHERE state = 'pending' AND "unreachableSince" IS NOT NULL LIMIT ${most})`),
  );
}

/** Gives up what has waited for the mail server for three days. Its link stays, so that it can be sent again. */
export async function failUnreachable(): Promise<void> {
  await inParts((most) =>
    run(sql`
      UPDATE "Mail" SET state = 'failed', detail = 'The mail server couldn''t be reached for three days: ' || detail, "sentAt" = now() WHERE id IN (
        SELECT id FROM "Mail" WHERE state = 'pending' AND "unreachableSince" < now() - make_interval(days => ${unreachableDays}) LIMIT ${most})`),
  );
}

/** However many wait: a statement for some thousands of them at a time. */
async function inParts(change: (most: number) => Promise<number>, most = 5_000): Promise<void> {
  while ((await change(most)) === most);
}
