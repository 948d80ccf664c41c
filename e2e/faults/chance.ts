import { randomOf, seedOfRun } from "@/scripts/testing/seeds";

/** The seed of this run: the same in each `npm test`, a new one in `npm run faults`; MUSTER_SEED repeats a run. */
export const seed = seedOfRun();

const draw = randomOf(seed);

/** A random number from 0 up to 1. */
export function chance(): number {
  return draw(1_000_000) / 1_000_000;
}
