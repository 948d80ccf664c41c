import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { migrate } from "@/scripts/database/migrate";
import { query } from "@/scripts/embedded/database";
import { openEmbeddedPostgres } from "@/scripts/embedded/postgres";

declare module "vitest" {
  interface ProvidedContext {
    /** URL of the migrated database that each test file copies. */
    templateUrl: string;
    /** URL for the superuser, who creates the copies. */
    adminUrl: string;
  }
}

/** One PostgreSQL for the whole run, in a temporary folder; each test file copies the migrated template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "muster-test-"));
  const embedded = await openEmbeddedPostgres(folder, "template");
  // Its data needs to outlast no power cut, and may be kept in memory.
  for (const setting of ["fsync = off", "full_page_writes = off", "max_wal_size = '256MB'"])
    await query(embedded.adminUrl, `ALTER SYSTEM SET ${setting}`);
  await query(embedded.adminUrl, "SELECT pg_reload_conf()");
  await migrate(embedded.url);
  project.provide("templateUrl", embedded.url);
  project.provide("adminUrl", embedded.adminUrl);
  return async () => {
    await embedded.release();
    rmSync(folder, { recursive: true, force: true });
  };
}
