import type pg from "pg";
import PgBoss from "pg-boss";

export type Queue = "mail" | "domains" | "webhooks" | "tokens" | "statistics" | "retention";

/** How often each queue is checked without being woken. */
const crons: Record<Queue, string> = {
  mail: "* * * * *",
  domains: "* * * * *",
  webhooks: "* * * * *",
  tokens: "7 * * * *",
  statistics: "23 * * * *",
  retention: "17 * * * *",
};

/** pg-boss sends scheduled jobs through this queue. It would otherwise create the queue itself on its first run. */
const ownQueue = "__pgboss__send-it";

/**
 * Creates pg-boss's missing tables, queues and schedules. Two processes that do this at once, or one that does it while another works, may
 * deadlock: the caller must hold the schema lock and retry.
 */
export async function makeQueues(client: pg.Client): Promise<void> {
  const boss = new PgBoss({
    db: { executeSql: (text: string, values: unknown[]) => client.query(text, values) },
    schedule: false,
    supervise: false,
  });
  await boss.start();
  await client.query("BEGIN; SET LOCAL lock_timeout = '5s'");
  await boss.createQueue(ownQueue);
  for (const [queue, cron] of Object.entries(crons)) {
    await boss.createQueue(queue, { name: queue, policy: "short" }); // one waiting job is enough
    await boss.schedule(queue, cron);
  }
  await client.query("COMMIT");
  await boss.stop({ graceful: false });
}
