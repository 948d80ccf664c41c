import { type Trouble, troubleOf } from "./trouble";

// Recent writes of this process: whether tables have grown, and whether the database accepts writes.

type Writes = {
  /** Commits since the worker last got a request to check for grown tables, and when that was. */
  commits: number;
  askedAt: number;
  /** Why and when the last commit failed; null after a successful one. */
  failure: { trouble: Trouble; at: number } | null;
};

const here = globalThis as { musterWrites?: Writes; musterWake?: (queue: "statistics") => void };
here.musterWrites ??= { commits: 0, askedAt: 0, failure: null };
const writes = here.musterWrites;

/** Under many writes, asks the worker every two seconds to check the statistics; a few writes don't matter. */
export function noteCommit(): void {
  writes.failure = null;
  writes.commits += 1;
  if (writes.commits < 50 || performance.now() - writes.askedAt < 2_000) return;
  Object.assign(writes, { commits: 0, askedAt: performance.now() });
  here.musterWake?.("statistics");
}

/** Errors that concern the whole database, so the next write would fail as well. */
const ofAll = new Set(["unreachable", "read_only", "full", "crowded", "damaged"]);

export function noteFailedCommit(error: unknown): void {
  const trouble = troubleOf(error);
  if (trouble && ofAll.has(trouble.kind)) writes.failure = { trouble, at: performance.now() };
}

/** Why the last commit failed and how many seconds ago; null if it succeeded. */
export function lastFailure(): { trouble: Trouble; seconds: number } | null {
  return writes.failure && { trouble: writes.failure.trouble, seconds: (performance.now() - writes.failure.at) / 1000 };
}
