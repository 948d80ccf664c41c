/** Set by `npm run fuzz`: how many times longer a hunt runs than in `npm test`. */
const { MUSTER_FUZZ } = process.env;

/** Only `npm run fuzz` generates new cases and keeps failures; `npm test` generates the same ones each time. */
export const isFuzzing = MUSTER_FUZZ !== undefined;
export const fuzzFactor = Number(MUSTER_FUZZ ?? 1);

/** The seed of every generator in `npm test`. */
const fixedSeed = 20_261_128;

/** The seed of this run: MUSTER_SEED to reproduce a failure, a new one while fuzzing, else the fixed one. */
export function seedOfRun(): number {
  return Number(process.env.MUSTER_SEED ?? (isFuzzing ? Date.now() % 1_000_000_000 : fixedSeed));
}

/** Random numbers, the same each time for one seed (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
