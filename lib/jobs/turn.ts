import { run, sql } from "@/lib/db";

/**
 * Takes a job's turn, if the last one began at least `seconds` ago: of several processes, one does what needs doing only once. A turn whose
 * process died is followed by the next one. A last turn in the future means that the clock was set back, unless it is only a moment: then
 * another process took it while this transaction was waiting.
 */
export async function takeTurn(job: string, seconds: number): Promise<boolean> {
  const taken = await run(sql`
    INSERT INTO "JobTurn" (job) VALUES (${job}) ON CONFLICT (job) DO UPDATE SET "begunAt" = now()
    WHERE "JobTurn"."begunAt" <= now() - make_interval(secs => ${seconds}) OR "JobTurn"."begunAt" > now() + interval '1 minute'`);
  return taken > 0;
}
