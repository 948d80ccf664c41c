import { all, run, sql } from "@/lib/db";

/**
 * Has PostgreSQL look anew at the tables that have grown by more than half since it last did. It looks by itself once a minute at
 * most; within that minute a first sync fills tables, and the plans that were made while they were empty read each of them whole.
 * Returns the names of the tables.
 */
export async function refreshStatistics(): Promise<string[]> {
  const tables = await all<{ name: string }>(sql`
    SELECT format('%I', relname) AS name FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND n_mod_since_analyze > 100 + n_live_tup / 2 ORDER BY relname`);
  const names = tables.map(({ name }) => name);
  if (names.length > 0) await run({ text: `ANALYZE (SKIP_LOCKED) ${names.join(", ")}`, values: [] });
  return names;
}
