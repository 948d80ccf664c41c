import { AsyncLocalStorage } from "node:async_hooks";
import { type Trouble, troubleOf } from "@/lib/database/trouble";
import { translator } from "@/lib/messages/translator";

/*
 * Every request is answered within 25 seconds. Identity providers and proxies give up after 30, and then nobody knows whether the change
 * happened.
 */

/** Milliseconds within which every request is answered. */
export const requestTime = 25_000;

/** No new work begins in the last milliseconds of a request; running statements have their own limits. */
const reserve = 5_000;

/** When a request must be answered (`performance.now()`), and the database error that stopped it, if any. */
export type TimeLimit = { endsAt: number; trouble: Trouble | null };

const here = globalThis as { musterTimeLimit?: AsyncLocalStorage<TimeLimit> };
here.musterTimeLimit ??= new AsyncLocalStorage<TimeLimit>();
const limits = here.musterTimeLimit;

/** Starts the clock for a request. */
export function startLimit(milliseconds = requestTime): TimeLimit {
  return { endsAt: performance.now() + milliseconds, trouble: null };
}

/** Runs `work` under a request's time limit. */
export function withinTime<Result>(limit: TimeLimit, work: () => Result): Result {
  return limits.run(limit, work);
}

/** The limit of the current request; null outside a request, for example in a job. */
export function timeLimit(): TimeLimit | null {
  return limits.getStore() ?? null;
}

/** Remembers a database error for the response to the current request. Returns the error. */
export function noteTrouble(error: unknown): unknown {
  const limit = timeLimit();
  if (limit) limit.trouble ??= troubleOf(error);
  return error;
}

/** Whether there is time left to begin new work. */
export function hasTime(limit: TimeLimit | null = timeLimit()): boolean {
  return limit === null || performance.now() < limit.endsAt - reserve;
}

/** Work was not started because the request's time is up. */
export class Overdue extends Error {
  /** Modules are loaded twice in a process, so `instanceof` can't recognise it. */
  readonly kind = "overdue";
  /** Seconds after which to try again. */
  readonly retryAfter = 5;

  constructor() {
    super(translator("problems", "en")("later.overdue"));
  }
}

export function isOverdue(error: unknown): error is Overdue {
  return (error as { kind?: string } | null)?.kind === "overdue";
}
