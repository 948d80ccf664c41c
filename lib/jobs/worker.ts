import { log } from "@/lib/log";
import { isLeaving } from "@/lib/process/leaving";
import { noteSetAside } from "@/lib/set-aside";
import { nextDomainCheckIn } from "@/lib/workspace/domains/due";
import { removeOld } from "@/lib/workspace/retention";
import { startDomainChecks, stopDomainChecks } from "./domains";
import { nextMailLookIn, startMails, stopMails } from "./mail";
import { refreshStatistics } from "./statistics";
import { startTicker, type Ticker } from "./ticker";
import { announceTokenExpiry } from "./token-expiry";
import { takeTurn } from "./turn";
import { nextLookIn, startDeliveries, stopDeliveries } from "./webhooks";

type Job = "mail" | "domains" | "webhooks" | "tokens" | "statistics" | "retention";

type Work = {
  /** Works through what is due. Long work checks between items whether the worker is stopping. */
  work: (isStopping: () => boolean) => Promise<unknown>;
  /** Seconds until the next item is due, or null. */
  nextIn?: () => Promise<number | null>;
  /** Seconds until the next look at the latest, and until the first one. */
  every: number;
  first: number;
};

/** Intervals for jobs that also find work of other processes, such as the operator's command, which can't wake this one. */
const often = { every: 10, first: 0 };

/** Seconds between two turns of an hourly job, and how often to check if one is due. The first check leaves a new server time to start. */
const hour = 3_600;
const hourly = { every: 300, first: 60 };

/** Waiting work lives in its own table (the outbox, the claims), where several processes share it by row locks. */
const jobs: Record<Job, Work> = {
  mail: { work: async () => startMails(), nextIn: nextMailLookIn, ...often },
  domains: { work: startDomainChecks, nextIn: nextDomainCheckIn, ...often },
  webhooks: { work: startDeliveries, nextIn: nextLookIn, ...often },
  statistics: { work: refreshStatistics, every: hour, first: 60 },
  tokens: { work: inTurn("tokens", announceTokenExpiry), ...hourly },
  retention: { work: inTurn("retention", removeWhatIsOld), ...hourly },
};

function inTurn(job: Job, work: Work["work"]): Work["work"] {
  return async (isStopping) => {
    if (await takeTurn(job, hour)) await work(isStopping);
  };
}

function removeWhatIsOld(isStopping: () => boolean): Promise<void> {
  return removeOld(isStopping, (table, error) => noteSetAside("retention", error, { table }));
}

type Worker = {
  stop: () => Promise<void>;
  /** Seconds since the worker last looked for work. */
  lag: () => number;
};

const here = globalThis as {
  musterWake?: (job: "mail" | "domains" | "webhooks" | "statistics") => void;
  musterWorker?: Worker;
};

/** The worker of this process, if one runs. */
export function worker(): Worker | undefined {
  return here.musterWorker;
}

/** Starts the jobs. Each is looked at when it is woken after a commit, when its next row is due, and every so often. */
export function startWorker(): Worker {
  let stopping = false;
  const isStopping = () => stopping || isLeaving();
  let lastLook = performance.now(); // monotonic: unaffected by changes of the system clock

  const look = async (job: Job): Promise<number | null> => {
    lastLook = performance.now();
    if (isStopping()) return null;
    const { work, nextIn } = jobs[job];
    try {
      await work(isStopping);
      return stopping ? null : ((await nextIn?.()) ?? null);
    } catch (error) {
      log().error({ err: error, job }, "job failed");
      return null;
    }
  };
  const tickers = new Map<Job, Ticker>();
  for (const job of Object.keys(jobs) as Job[]) {
    const { every, first } = jobs[job];
    tickers.set(job, startTicker({ look: () => look(job), every, first }));
  }
  here.musterWake = (job) => tickers.get(job)?.wake();
  here.musterWorker = {
    lag: () => (performance.now() - lastLook) / 1_000,
    stop: async () => {
      stopping = true;
      delete here.musterWake;
      const stopped = [...tickers.values()].map((ticker) => ticker.stop());
      await Promise.all([...stopped, stopDeliveries(), stopMails(), stopDomainChecks()]);
    },
  };
  return here.musterWorker;
}
