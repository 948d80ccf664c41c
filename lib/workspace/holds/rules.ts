/** How many people tokens may take access from within an hour, given a `base` of people who have had it for more than a day (T08). */
export function allowedLosses(base: number): number {
  return Math.max(10, Math.floor(base / 5));
}
