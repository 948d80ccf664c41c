// Whether the event loop turns: while it doesn't, nothing is answered, and afterwards that is said for a while.

/** Milliseconds between two looks, how late one may be, and how long a longer stop is remembered. */
const every = 500;
const stuckAfter = 5_000;
const remembered = 10_000;

type Loop = { due: number; stuckAt: number; stuckFor: number };
const here = globalThis as { musterLoop?: Loop };

/** Begins to look at the event loop of this process; once is enough. */
export function watchLoop(): void {
  if (here.musterLoop) return;
  const loop: Loop = { due: performance.now() + every, stuckAt: Number.NEGATIVE_INFINITY, stuckFor: 0 };
  here.musterLoop = loop;
  setInterval(() => look(loop), every).unref();
}

function look(loop: Loop): void {
  const late = performance.now() - loop.due;
  loop.due = performance.now() + every;
  if (late > stuckAfter) Object.assign(loop, { stuckAt: performance.now(), stuckFor: late });
}

/** Milliseconds for which the loop stood still a moment ago; 0 when it turns. */
export function stuckFor(): number {
  const loop = here.musterLoop;
  if (!loop) return 0;
  look(loop);
  return performance.now() - loop.stuckAt < remembered ? loop.stuckFor : 0;
}
