import { AsyncLocalStorage } from "node:async_hooks";
import { type Trouble, troubleOf } from "./database/trouble";

/*
 * Every request ends in time, whatever it waits for: identity providers and proxies give up at thirty seconds, and then nobody knows
 * what became of it.
 */

/** Milliseconds within which every request is answered. */
export const requestTime = 25_000;

/** Milliseconds before that in which nothing more is begun: what is under way by then has its own limits. */
const reserve = 5_000;

/** When a request has to be answered, by the clock of this process, and why its database could not answer it, where it couldn't. */
export type TimeLimit = { endsAt: number; trouble: Trouble | null };

const here = globalThis as { musterTimeLimit?: AsyncLocalStorage<TimeLimit> };
here.musterTimeLimit ??= new AsyncLocalStorage<TimeLimit>();
const limits = here.musterTimeLimit;

/** The limit of a request that came in just now. */
export function startLimit(milliseconds = requestTime): TimeLimit {
  return { endsAt: performance.now() + milliseconds, trouble: null };
}

/** Runs what answers a request, with the time that it has. */
export function withinTime<Result>(limit: TimeLimit, work: () => Result): Result {
  return limits.run(limit, work);
}

/** The limit of the request that this is done for; null outside of one, as for a job. */
export function timeLimit(): TimeLimit | null {
  return limits.getStore() ?? null;
}

/** Notes for the answer that the database could not do what this request needs. Returns the error. */
export function noteTrouble(error: unknown): unknown {
  const limit = timeLimit();
  if (limit) limit.trouble ??= troubleOf(error);
  return error;
}

/** Whether there is time to begin something. */
export function hasTime(limit: TimeLimit | null = timeLimit()): boolean {
  return limit === null || performance.now() < limit.endsAt - reserve;
}

/** Something was not begun because its request's time is up. */
export class Overdue extends Error {
  /** Modules exist twice in a process, so this and not `instanceof` tells it. */
  readonly kind = "overdue";
  /** Seconds after which it is worth another try. */
  readonly retryAfter = 5;

  constructor() {
    super("This could not be done in time. Nothing was changed; try again.");
  }
}

export function isOverdue(error: unknown): error is Overdue {
  return (error as { kind?: string } | null)?.kind === "overdue";
}
