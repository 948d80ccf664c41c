import { beforeAll, expect, test } from "vitest";
import { one, run, sql } from "@/lib/db";
import { refreshStatistics } from "./statistics";

const grow = (rows: number) => run(sql`INSERT INTO growing SELECT generate_series(1, ${rows}::int)`);

const believed = async () =>
  (await one<{ rows: number }>(sql`SELECT reltuples::int AS rows FROM pg_class WHERE relname = 'growing'`))?.rows;

/** Each connection reports its counts of changes a moment after its commit. */
async function refreshed(): Promise<string[]> {
  await run(sql`SELECT pg_stat_force_next_flush()`);
  return (await refreshStatistics()).filter((name) => name === "growing");
}

beforeAll(() => run(sql`CREATE TABLE growing (id int) WITH (autovacuum_enabled = false)`));

test("a table is looked at anew when it has grown by more than half, and not before", async () => {
  await grow(1_000);
  await expect.poll(refreshed).toEqual(["growing"]);
  expect(await believed()).toBe(1_000);
  await grow(300);
  expect(await refreshed()).toEqual([]);
  await grow(1_000);
  await expect.poll(refreshed).toEqual(["growing"]);
  expect(await believed()).toBe(2_300);
});
