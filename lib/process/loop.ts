// Watches for a blocked event loop, which /livez reports for a while afterwards.

/** In milliseconds: the interval of the check, the delay that counts as stuck, and how long it stays reported. */
const every = 500;
const stuckAfter = 5_000;
const remembered = 10_000;

type Loop = { due: number; stuckAt: number; stuckFor: number };
const here = globalThis as { musterLoop?: Loop };

/** Starts the check; later calls do nothing. */
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

/** Milliseconds the loop was recently blocked; 0 if it wasn't. */
export function stuckFor(): number {
  const loop = here.musterLoop;
  if (!loop) return 0;
  look(loop);
  return performance.now() - loop.stuckAt < remembered ? loop.stuckFor : 0;
}
