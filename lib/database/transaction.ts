import { setTimeout as sleep } from "node:timers/promises";
import { announce, Busy, inLane } from "@/lib/limits/lanes";
import { hasTime, Overdue, type TimeLimit, timeLimit } from "@/lib/limits/time-limit";
import { isUnknownOutcome } from "./commit-outcome";
import { laneWidth } from "./pool";
import { openSession, type Session, type Tx } from "./session";
import { isDatabaseError, isUniqueViolation, troubleOf } from "./trouble";

const here = globalThis as { musterQueues?: Map<string, Task[]> };

/** Attempts of a transaction that collided with another one: deadlock, serialisation (F05). */
const maxTries = 3;

/** Milliseconds that work waits for its turn, and the seconds a caller should wait before trying again. */
const maxTurn = 10_000;

const busyFor = 5;

/** The maximum number of tasks that share one transaction. */
const maxTogether = 16;

type Work<Result> = (tx: Tx) => Promise<Result>;

type Task = {
  work: Work<unknown>;
  together: boolean;
  /** The workspace of the lane it runs in, or null. */
  lane: string | null;
  /** The time limit of the request it belongs to. */
  limit: TimeLimit | null;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
};

/**
 * One transaction, all or nothing. Work with the same `key` waits for its turn here, before it takes a connection: callers queueing for one
 * row's lock would otherwise hold the whole pool. `work` may run again after a deadlock, so it must not keep anything from a failed run.
 * Tasks that wait `together` share a transaction and one commit, each behind its own savepoint, so one that fails doesn't affect the
 * others. `lane` is the workspace of the lane it takes a place in. Throws Busy if its turn doesn't come within ten seconds, Overdue if its
 * request has no time left, a DatabaseTrouble if the database can't do it, and UnknownOutcome.
 */
export async function inTransaction<Result>(
  key: string,
  work: Work<Result>,
  together = false,
  lane: string | null = null,
): Promise<Result> {
  const end = lane === null ? null : announce(lane);
  try {
    return await queued(key, work, together, lane);
  } finally {
    end?.();
  }
}

function queued<Result>(key: string, work: Work<Result>, together: boolean, lane: string | null): Promise<Result> {
  here.musterQueues ??= new Map();
  const queues = here.musterQueues;
  return new Promise<Result>((resolve, reject) => {
    const task: Task = { work, together, lane, limit: timeLimit(), resolve: resolve as Task["resolve"], reject };
    const waiting = queues.get(key);
    if (waiting) wait(waiting, task);
    else {
      const queue = [task];
      queues.set(key, queue);
      void drain(queue, () => queues.delete(key));
    }
  });
}

/** Queues work, and removes it if its turn doesn't come in time. */
function wait(queue: Task[], task: Task): void {
  const timer = setTimeout(() => {
    const at = queue.indexOf(task);
    if (at < 0 || underWay.has(task)) return;
    queue.splice(at, 1);
    task.reject(new Busy(busyFor));
  }, maxTurn);
  const { resolve, reject } = task;
  task.resolve = (result) => {
    clearTimeout(timer);
    resolve(result);
  };
  task.reject = (error) => {
    clearTimeout(timer);
    reject(error);
  };
  queue.push(task);
}

/** Work that has started. */
const underWay = new WeakSet<Task>();

/** Runs the queue in order until it is empty; calls `end` synchronously after the last check, so nothing can be added in between. */
async function drain(queue: Task[], end: () => void): Promise<void> {
  for (let next = queue[0]; next; next = queue[0]) {
    const alone = queue.findIndex((task) => !task.together);
    const count = next.together ? Math.min(alone < 0 ? queue.length : alone, maxTogether) : 1;
    const batch = queue.slice(0, count);
    for (const task of batch) underWay.add(task);
    await inTurn(next.lane, () => runBatch(batch)).catch((error: unknown) => {
      for (const { reject } of batch) reject(error); // has no effect on tasks that are already settled
    });
    queue.splice(0, count); // only now: new tasks must find the queue non-empty and wait
  }
  end();
}

function inTurn(lane: string | null, work: () => Promise<void>): Promise<void> {
  return lane === null ? work() : inLane(lane, laneWidth(), work, true);
}

async function runBatch(tasks: Task[]): Promise<void> {
  const batch = tasks.filter(({ limit, reject }) => hasTime(limit) || reject(new Overdue()));
  const isDone = batch.length > 1 && (await runTogether(batch));
  if (!isDone) for (const task of batch) await runAlone(task);
}

async function runAlone({ work, limit, resolve, reject }: Task): Promise<void> {
  for (let tries = 1; ; tries++) {
    if (!hasTime(limit)) return reject(new Overdue());
    try {
      return resolve(await transact(work));
    } catch (error) {
      if (tries === maxTries || !isPassing(error)) return reject(error);
      await sleep(tries * 20 * Math.random()); // random, so that the same two don't collide again
    }
  }
}

async function transact<Result>(work: Work<Result>): Promise<Result> {
  const session = await openSession();
  try {
    session.begin();
    const result = await work(session.tx);
    await session.commit();
    return result;
  } catch (error) {
    throw await session.rollback(error);
  } finally {
    session.release();
  }
}

/**
 * Runs several tasks in one transaction. Returns false if the database rejected something that one of them wrote: nothing was done, and
 * each must run alone. Throws errors that would hit each of them alone as well.
 */
async function runTogether(batch: Task[]): Promise<boolean> {
  const session = await openSession();
  try {
    session.begin();
    const outcomes: PromiseSettledResult<unknown>[] = [];
    for (const { work } of batch) outcomes.push(await behindSavepoint(session, work));
    await session.commit();
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === "fulfilled") batch[index]?.resolve(outcome.value);
      else batch[index]?.reject(outcome.reason);
    }
    return true;
  } catch (error) {
    const reason = await session.rollback(error);
    if (isOfOne(reason)) return false;
    throw reason;
  } finally {
    session.release();
  }
}

/** Whether an error belongs to a single task, rather than to the database or to a commit that may have happened. */
function isOfOne(error: unknown): boolean {
  if (isUnknownOutcome(error)) return false;
  const kind = troubleOf(error)?.kind;
  return kind === undefined || kind === "not_storable" || isPassing(error);
}

/** Runs work that can be undone by itself. Throws errors of the database, because no later statement of the transaction would run. */
async function behindSavepoint(session: Session, work: Work<unknown>): Promise<PromiseSettledResult<unknown>> {
  const mark = session.mark();
  session.send("SAVEPOINT work");
  try {
    const value = await work(session.tx);
    session.send("RELEASE SAVEPOINT work");
    return { status: "fulfilled", value };
  } catch (error) {
    if (isDatabaseError(error)) throw error;
    session.send("ROLLBACK TO SAVEPOINT work");
    session.forget(mark);
    return { status: "rejected", reason: error };
  }
}

const taken = ["User_emailKey_key", "Membership_userName_key"];

/**
 * Whether an error came from a collision that won't happen again: a deadlock, or an account or a name that another transaction took first.
 */
function isPassing(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: string };
  return code === "40P01" || code === "40001" || taken.some((index) => isUniqueViolation(error, index));
}
