import { closeDatabase } from "@/lib/db";
import { env } from "@/lib/env";

/** Makes this process use the database at this URL from now on. */
export async function reachBy(url: string): Promise<void> {
  await closeDatabase();
  env().DATABASE_URL = url;
  (globalThis as { musterDatabase?: unknown }).musterDatabase = undefined;
}
