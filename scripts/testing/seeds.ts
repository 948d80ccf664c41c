/** `npm run fuzz` sets it: how much longer than in `npm test` a hunt goes on. */
const { MUSTER_FUZZ } = process.env;

/** Only `npm run fuzz` draws new cases and keeps what it finds; `npm test` draws the same ones each time. */
export const isFuzzing = MUSTER_FUZZ !== undefined;
export const fuzzFactor = Number(MUSTER_FUZZ ?? 1);

/** Where every generator of `npm test` begins. */
const fixedSeed = 20_261_128;

/** The seed of this run: MUSTER_SEED to see a failure again, a new one while fuzzing, else the fixed one. */
export function seedOfRun(): number {
  return Number(process.env.MUSTER_SEED ?? (isFuzzing ? Date.now() % 1_000_000_000 : fixedSeed));
}

/** Numbers that are the same each time for one seed (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
