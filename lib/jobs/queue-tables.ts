import type pg from "pg";
import PgBoss from "pg-boss";

export type Queue = "mail" | "domains" | "webhooks" | "tokens" | "statistics" | "retention";

/** When each queue is looked at though nobody woke it. */
const crons: Record<Queue, string> = {
  mail: "* * * * *",
  domains: "* * * * *",
  webhooks: "* * * * *",
  tokens: "7 * * * *",
  statistics: "23 * * * *",
  retention: "17 * * * *",
};

/** The queue through which pg-boss sends what its schedules say; it would make it itself as soon as it works. */
const ownQueue = "__pgboss__send-it";

/**
 * Makes pg-boss's tables, our queues and their schedules, as far as they are missing. Two processes that do it at once, or one that does
 * it while another works, may end in a deadlock: the caller holds the lock for changes of tables, and tries again.
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
    await boss.createQueue(queue, { name: queue, policy: "short" }); // one waiting job says it all
    await boss.schedule(queue, cron);
  }
  await client.query("COMMIT");
  await boss.stop({ graceful: false });
}
