import { closeDatabase } from "@/lib/db";
import { env } from "@/lib/env";

/** From now on this process speaks to the database by this address. */
export async function reachBy(url: string): Promise<void> {
  await closeDatabase();
  env().DATABASE_URL = url;
  (globalThis as { musterDatabase?: unknown }).musterDatabase = undefined;
}
