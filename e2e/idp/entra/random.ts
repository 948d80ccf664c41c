import { randomInt } from "node:crypto";
import { isFuzzing, randomOf, seedOfRun } from "@/scripts/testing/seeds";

// What the simulator makes up: the same each time in tests, new each time from the command line, where a second run meets what the first left.

const isRepeatable = process.env.VITEST !== undefined && !isFuzzing;

/** A number from 0 up to and without `below`. */
export const randomNumber: (below: number) => number = isRepeatable
  ? randomOf(seedOfRun())
  : (below) => randomInt(below);

/** Lower-case hexadecimal digits. */
export function randomHex(digits: number): string {
  return Array.from({ length: digits }, () => randomNumber(16).toString(16)).join("");
}

/** What the validator makes up where an attribute has no form: twelve characters, capital letters. */
export const randomText = (): string => randomHex(12).toUpperCase();

/** A UUID of version 4. */
export function randomId(): string {
  const [a, b, c, d, e] = [8, 4, 3, 3, 12].map(randomHex);
  return `${a}-${b}-4${c}-a${d}-${e}`;
}
