import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startTicker, type Ticker } from "./ticker";

let ticker: Ticker | undefined;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  await ticker?.stop();
  vi.useRealTimers();
});

/** A ticker, and the times of its looks in milliseconds. */
function start({ every = 10, first = 0, next = null as number | null, takes = 0 } = {}): number[] {
  const began = performance.now();
  const looks: number[] = [];
  ticker = startTicker({
    every,
    first,
    look: async () => {
      looks.push(Math.round(performance.now() - began));
      if (takes > 0) await new Promise((resolve) => setTimeout(resolve, takes));
      return next;
    },
  });
  return looks;
}

test("it looks at once, then every so often", async () => {
  const looks = start();
  await vi.advanceTimersByTimeAsync(25_000);
  expect(looks).toEqual([0, 10_000, 20_000]);
});

test("it looks when the next item is due, and never more often than the pause", async () => {
  const looks = start({ next: 3 });
  await vi.advanceTimersByTimeAsync(7_000);
  expect(looks).toEqual([0, 3_000, 6_000]);
  await ticker?.stop();
  const busy = start({ next: 0 });
  await vi.advanceTimersByTimeAsync(600);
  expect(busy).toEqual([0, 250, 500]);
});

test("many wake-ups in the pause become one look after it; one after a rest is a look at once", async () => {
  const looks = start();
  await vi.advanceTimersByTimeAsync(100);
  for (let at = 0; at < 5; at++) ticker?.wake();
  await vi.advanceTimersByTimeAsync(900);
  ticker?.wake();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(looks).toEqual([0, 250, 1_000]);
});

test("a wake-up during a look is followed by another one, and looks don't overlap", async () => {
  const looks = start({ takes: 700 });
  await vi.advanceTimersByTimeAsync(100);
  ticker?.wake();
  await vi.advanceTimersByTimeAsync(1_500);
  expect(looks).toEqual([0, 700]);
});

test("the first look can wait, unless it is woken", async () => {
  const looks = start({ first: 60, every: 3_600 });
  await vi.advanceTimersByTimeAsync(59_000);
  expect(looks).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(looks).toEqual([60_000]);
  await ticker?.stop();
  const woken = start({ first: 60, every: 3_600 });
  await vi.advanceTimersByTimeAsync(5_000);
  ticker?.wake();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(woken).toEqual([5_000]);
});

test("stop waits for the look under way, and takes no more", async () => {
  const looks = start({ takes: 500 });
  await vi.advanceTimersByTimeAsync(100);
  let isOver = false;
  const stopped = ticker?.stop().then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(300);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  await stopped;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toEqual([0]);
});
