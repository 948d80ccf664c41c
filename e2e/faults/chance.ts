import { randomOf, seedOfRun } from "@/scripts/testing/seeds";

/** Where this run began: the same in each `npm test`, a new one in `npm run faults`; MUSTER_SEED repeats it. */
export const seed = seedOfRun();

const draw = randomOf(seed);

/** A number from 0 up to 1. */
export function chance(): number {
  return draw(1_000_000) / 1_000_000;
}
