import { run, sql } from "@/lib/db";

/**
 * Takes a job's turn if the last one began at least `seconds` ago, so that only one of several processes does the work. If a process dies
 * during its turn, the next turn still comes on time. A last turn far in the future means that the clock was set back; one less than a
 * minute ahead was taken by another process while this transaction waited.
 */
export async function takeTurn(job: string, seconds: number): Promise<boolean> {
  const taken = await run(sql`
    INSERT INTO "JobTurn" (job) VALUES (${job}) ON CONFLICT (job) DO UPDATE SET "begunAt" = now()
    WHERE "JobTurn"."begunAt" <= now() - make_interval(secs => ${seconds}) OR "JobTurn"."begunAt" > now() + interval '1 minute'`);
  return taken > 0;
}
