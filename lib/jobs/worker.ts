import { setTimeout as sleep } from "node:timers/promises";
import PgBoss from "pg-boss";
import { pool } from "@/lib/database/pool";
import { log } from "@/lib/log";
import { isLeaving } from "@/lib/process/leaving";
import { noteSetAside } from "@/lib/set-aside";
import { nextDomainCheckIn } from "@/lib/workspace/domains/due";
import { removeOld } from "@/lib/workspace/retention";
import { startDomainChecks, stopDomainChecks } from "./domains";
import { nextMailLookIn, startMails, stopMails } from "./mail";
import type { Queue } from "./queue-tables";
import { refreshStatistics } from "./statistics";
import { announceTokenExpiry } from "./token-expiry";
import { nextLookIn, startDeliveries, stopDeliveries } from "./webhooks";

/** Whether the worker is stopping. A job with many items checks before each one. */
type IsStopping = () => boolean;

type Work = {
  /** Works through a queue. Long work checks between items whether the worker is stopping. */
  work: (isStopping: IsStopping) => Promise<void>;
  /** Seconds until the next look is useful, or null. */
  nextIn?: () => Promise<number | null>;
};

/** Waiting work lives in its own table (the outbox, the claims). A job only signals that it is time to look. */
const queues: Record<Queue, Work> = {
  mail: { work: async () => startMails(), nextIn: nextMailLookIn },
  domains: { work: startDomainChecks, nextIn: nextDomainCheckIn },
  webhooks: { work: startDeliveries, nextIn: nextLookIn },
  tokens: { work: announceTokenExpiry },
  statistics: { work: growStatistics },
  retention: { work: removeWhatIsOld },
};

/** How long pg-boss keeps its own jobs. They only signal that it is time to look, four times a second under load. */
const kept = { archiveCompletedAfterSeconds: 3_600, archiveFailedAfterSeconds: 3_600, deleteAfterHours: 24 };

/** Milliseconds between two looks at a queue: under load, one look covers many commits. */
const pause = 250;

async function growStatistics(): Promise<void> {
  await refreshStatistics();
}

function removeWhatIsOld(isStopping: IsStopping): Promise<void> {
  return removeOld(isStopping, (table, error) => noteSetAside("retention", error, { table }));
}

type Worker = {
  stop: () => Promise<void>;
  /** Seconds since the worker last looked at its queues. */
  lag: () => number;
};

const here = globalThis as {
  musterWake?: (queue: "mail" | "domains" | "webhooks" | "statistics") => void;
  musterWorker?: Worker;
};

/** The worker of this process, if one runs. */
export function worker(): Worker | undefined {
  return here.musterWorker;
}

/** Stops a queue whose start failed, so that no timers remain and the start can be retried. */
async function orStop<Result>(boss: PgBoss, start: () => Promise<Result>): Promise<Result> {
  try {
    return await start();
  } catch (error) {
    await boss
      .stop({ graceful: false, wait: false })
      .catch((failure: unknown) => log().warn({ err: failure }, "job queue"));
    throw error;
  }
}

/**
 * Starts the jobs on the shared pool. Each queue is looked at when it is woken after a commit, when its next row is due, and once a minute
 * by cron; several servers share the work by row locks. The queue's own tables must exist (`prepareTables`).
 */
export async function startWorker(): Promise<Worker> {
  let stopping = false;
  let stopped = false;
  const isStopping = () => stopping || isLeaving();
  // The queue's own timers fire once more after its stop. By then nobody waits for them, and the database is closed.
  const executeSql = (text: string, values: unknown[]) =>
    stopped ? new Promise<never>(() => {}) : pool().query(text, values);
  const boss = new PgBoss({ db: { executeSql }, migrate: false, ...kept });
  boss.on("error", (error) => log().warn({ err: error }, "job queue"));
  await orStop(boss, () => boss.start());
  const timers = new Map<Queue, NodeJS.Timeout>();
  const ids = new Map<Queue, string>();
  const running = new Set<Promise<void>>();
  /** Queues announced since the last look: one announcement covers many commits. */
  const announced = new Set<Queue>();
  const looked = new Map<Queue, number>();
  let lastLook = performance.now(); // monotonic: unaffected by changes of the system clock

  const look = async (queue: Queue): Promise<void> => {
    lastLook = performance.now();
    looked.set(queue, lastLook);
    announced.delete(queue);
    const { work, nextIn } = queues[queue];
    await work(isStopping);
    const seconds = stopping ? null : ((await nextIn?.()) ?? null);
    clearTimeout(timers.get(queue));
    if (seconds !== null && seconds < 60 && !stopping) {
      timers.set(
        queue,
        setTimeout(() => void wake(queue), Math.max(seconds * 1000, 100)),
      );
    }
  };
  const wake = async (queue: Queue): Promise<void> => {
    if (isStopping() || announced.has(queue)) return;
    announced.add(queue);
    try {
      await sleep((looked.get(queue) ?? 0) + pause - performance.now());
      if (isStopping()) return;
      await boss.send(queue, {}, { retryLimit: 0 });
      boss.notifyWorker(ids.get(queue) ?? "");
    } catch (error) {
      announced.delete(queue);
      log().warn({ err: error, queue }, "a job was not announced; cron will look within a minute");
    }
  };

  for (const queue of Object.keys(queues) as Queue[]) {
    const run = async () => {
      if (isStopping()) return;
      const work = look(queue).catch((error: unknown) => log().error({ err: error, queue }, "job failed"));
      running.add(work);
      await work.finally(() => running.delete(work));
    };
    const work = () => boss.work(queue, { batchSize: 1, pollingIntervalSeconds: 5 }, run);
    ids.set(queue, await orStop(boss, work));
  }
  here.musterWake = (queue) => void wake(queue);
  await Promise.all([wake("mail"), wake("domains"), wake("webhooks")]);
  here.musterWorker = {
    lag: () => (performance.now() - lastLook) / 1000,
    stop: async () => {
      stopping = true;
      delete here.musterWake;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all([...running, stopDeliveries(), stopMails(), stopDomainChecks()]);
      await boss.stop({ graceful: true, wait: true, timeout: 5_000 });
      stopped = true;
    },
  };
  return here.musterWorker;
}
