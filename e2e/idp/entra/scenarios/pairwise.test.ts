import { describe, expect, test } from "vitest";
import { knobValues } from "@/e2e/idp/entra/knobs";
import { columns, covering, coverPairs, pairsOf, product, type Row } from "./pairwise";

/** What a row says of some columns. */
const only = (row: Row, names: readonly string[]): Row => Object.fromEntries(names.map((name) => [name, row[name]]));

describe("the covering of the knobs", () => {
  test("the product has 108 combinations, each once", () => {
    expect(product).toHaveLength(2 * 3 * 2 * 3 * 3);
    expect(new Set(product.map((row) => JSON.stringify(only(row, columns.bold)))).size).toBe(108);
  });

  test("every pair of values of two bold knobs occurs, in a dozen rows at most", () => {
    const pairs = (rows: Row[]) => new Set(rows.flatMap((row) => pairsOf(only(row, columns.bold))));
    expect([...pairs(product)].filter((pair) => !pairs(covering).has(pair))).toEqual([]);
    expect(covering.length).toBeLessThanOrEqual(12);
  });

  test("every value of the other knobs takes its turn", () => {
    for (const name of columns.manners)
      expect([...new Set(covering.map((row) => row[name]))], name).toHaveLength(knobValues[name].length);
  });

  test("is the same each time, and needs one row where all columns have one value", () => {
    expect(coverPairs([{ a: 1, b: 2 }])).toEqual([{ a: 1, b: 2 }]);
    const rows = [1, 2].flatMap((a) => [1, 2].map((b) => ({ a, b })));
    expect(coverPairs(rows)).toEqual(rows);
  });
});
