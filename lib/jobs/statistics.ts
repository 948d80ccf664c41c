import { all, run, sql } from "@/lib/db";

/**
 * Runs ANALYZE on tables that have grown by more than half since the last one, and returns their names. Autovacuum runs at most once a
 * minute; a first sync fills tables within that minute, and plans made while they were empty read whole tables.
 */
export async function refreshStatistics(): Promise<string[]> {
  const tables = await all<{ name: string }>(sql`
    SELECT format('%I', relname) AS name FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND n_mod_since_analyze > 100 + n_live_tup / 2 ORDER BY relname`);
  const names = tables.map(({ name }) => name);
  if (names.length > 0) await run({ text: `ANALYZE (SKIP_LOCKED) ${names.join(", ")}`, values: [] });
  return names;
}
