import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import { codeOf, reasonOf, StartError } from "@/scripts/start-error";
import { whyNotNow } from "./errors";
import { inTableLock } from "./table-lock";

/** Options for the transaction that changes tables. */
export type Change = {
  /** Seconds to wait for other processes that change tables, or use those that need changing. */
  seconds?: number;
  migrations?: Migration[];
  /** Why the tables must not change although migrations are missing, or null. */
  whyNot?: (client: pg.Client) => Promise<string | null>;
};

export type Migration = { name: string; sql: string };

/** Milliseconds that one migration may take; large tables need long. */
const longest = 6 * 3_600_000;

const bookkeeping = `CREATE TABLE _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
  logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

/** The migrations of the project, oldest first. Throws StartError if there are none. */
export function listMigrations(folder = join(process.cwd(), "prisma/migrations")): Migration[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d/.test(name))
      .sort()
      .map((name) => ({ name, sql: readFileSync(join(folder, name, "migration.sql"), "utf8") }));
  } catch (error) {
    throw new StartError(
      `The migrations in ${folder} can't be read (${reasonOf(error)}): start Muster in its own folder.`,
    );
  }
}

/**
 * Applies all missing migrations in one transaction and under one lock: a failed or killed run leaves the tables unchanged. Returns the
 * names applied. Throws StartError if the database belongs to a newer version, a file was changed after it was applied, or `whyNot` returns
 * a reason.
 */
export function migrate(url: string, change: Change = {}): Promise<string[]> {
  const { seconds = 30, migrations = listMigrations(), whyNot } = change;
  return inTableLock(url, seconds, async (client) => {
    const applied = await findApplied(client);
    const missing = findMissing(migrations, applied ?? []);
    const why = missing.length > 0 ? await whyNot?.(client) : null;
    if (why) throw new StartError(why);
    if (applied === null) await client.query(bookkeeping);
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  });
}

type Applied = { name: string; checksum: string; isFinished: boolean };

/** The applied migrations; null before the first one. */
async function findApplied(client: pg.Client): Promise<Applied[] | null> {
  const table = await client.query<{ name: string | null }>("SELECT to_regclass('_prisma_migrations')::text AS name");
  if (table.rows[0]?.name == null) return null;
  const { rows } = await client.query<Applied>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS "isFinished" FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  return rows;
}

function checksumOf(sql: string): string {
  return createHash("sha256").update(sql).digest("hex");
}

function findMissing(migrations: Migration[], applied: Applied[]): Migration[] {
  const half = applied.find(({ isFinished }) => !isFinished);
  if (half) {
    throw new StartError(
      `Another tool began the migration ${half.name} and did not finish it. Mend the tables, then mark it by prisma migrate resolve.`,
    );
  }
  const known = new Map(applied.map(({ name, checksum }) => [name, checksum]));
  const newer = [...known.keys()].find((name) => !migrations.some((migration) => migration.name === name));
  if (newer !== undefined) {
    throw new StartError(
      `This database was used by a newer version of Muster: it has the migration ${newer}, which this version doesn't know. Start the newer version, or put back a backup from before it.`,
    );
  }
  for (const { name, sql } of migrations) {
    if (!known.has(name) || known.get(name) === checksumOf(sql)) continue;
    throw new StartError(
      `The migration ${name} was changed after it had been applied. Put the file back as it was, and write a new migration for the change.`,
    );
  }
  return migrations.filter(({ name }) => !known.has(name));
}

/** Throws StartError with the migration's name if the tables are not as it expects them; rethrows any other error. */
async function apply(client: pg.Client, { name, sql }: Migration): Promise<void> {
  try {
    await client.query({ text: sql, query_timeout: longest } as pg.QueryConfig);
  } catch (error) {
    if (whyNotNow(error) !== null || codeOf(error) === "42501") throw error;
    throw new StartError(
      `The migration ${name} failed (${codeOf(error)}: ${(error as Error).message}). Everything is as it was before.`,
      { cause: error },
    );
  }
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES (gen_random_uuid(), $1, $2, clock_timestamp(), clock_timestamp(), 1)`,
    [checksumOf(sql), name],
  );
}
