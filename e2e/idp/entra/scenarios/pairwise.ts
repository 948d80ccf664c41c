import { defaultKnobs, type Knobs, knobValues } from "@/e2e/idp/entra/knobs";

/** Knobs that change most of what Entra sends: every combination of them is a tenant of its own. */
const bold = ["flag", "matchAttr", "externalIdSource", "memberChunk", "memberConcurrency"] as const;

/** Knobs that change how something is said and nothing of what comes of it; each value takes its turn. */
const manners = [
  "booleanText",
  "memberRef",
  "postNulls",
  "managerForm",
  "clearedValue",
  "flagSingleReplace",
  "userAgent",
  "filterEncoding",
  "referenceCheck",
] as const;

export type Row = Record<string, unknown>;

/** Every combination of the values of some columns. */
function productOf(names: readonly (keyof Knobs)[]): Row[] {
  let rows: Row[] = [{}];
  for (const name of names)
    rows = rows.flatMap((row) => knobValues[name].map((value): Row => ({ ...row, [name]: value })));
  return rows;
}

/** The pairs of values of two columns that a row holds. */
export function pairsOf(row: Row): string[] {
  const cells = Object.entries(row).map(([name, value]) => `${name}=${value}`);
  return cells.flatMap((cell, index) => cells.slice(index + 1).map((other) => `${cell} & ${other}`));
}

/** Rows in which each pair occurs that occurs in any: the row with the most new ones, again and again. */
export function coverPairs(rows: readonly Row[]): Row[] {
  const left = new Set(rows.flatMap(pairsOf));
  const chosen: Row[] = [];
  while (left.size > 0) {
    const gain = (row: Row) => pairsOf(row).filter((pair) => left.has(pair)).length;
    const best = rows.reduce((known, row) => (gain(row) > gain(known) ? row : known));
    for (const pair of pairsOf(best)) left.delete(pair);
    chosen.push(best);
  }
  return chosen;
}

function withManners(row: Row, index: number): Knobs {
  const values = manners.map((name, position) => {
    const choices = knobValues[name];
    return [name, choices[(index + Math.floor(index / choices.length) * position) % choices.length]];
  });
  return { ...defaultKnobs, ...row, ...Object.fromEntries(values) };
}

/** All 108 combinations of the bold knobs, and few rows in which each two of their values meet. */
export const product: Knobs[] = productOf(bold).map(withManners);
export const covering: Knobs[] = coverPairs(productOf(bold)).map(withManners);

/** Only the knobs that are not as they are by default, for a name. */
export function tellKnobs(knobs: Knobs): string {
  const told = Object.entries(knobs).filter(([name, value]) => defaultKnobs[name as keyof Knobs] !== value);
  return told.length === 0 ? "default" : told.map(([name, value]) => `${name}=${value}`).join(" ");
}

export const columns = { bold, manners };
