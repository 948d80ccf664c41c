import { readdirSync } from "node:fs";
import { join } from "node:path";
import { all, sql } from "./db";
import { worker } from "./jobs/worker";
import { log } from "./log";

type Check = { ok: boolean; detail: string };
export type Readiness = { ready: boolean; database: Check; migrations: Check; worker: Check };

/** Cron wakes the worker each minute; later than this it is stuck. */
const maxLagSeconds = 180;

async function checkMigrations(): Promise<{ database: Check; migrations: Check }> {
  try {
    const rows = await all<{ name: string }>(
      sql`SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
    );
    const done = new Set(rows.map(({ name }) => name));
    const wanted = readdirSync(join(process.cwd(), "prisma/migrations")).filter((name) => /^\d/.test(name));
    const missing = wanted.filter((name) => !done.has(name));
    const detail = missing.length === 0 ? `${done.size} applied` : `missing: ${missing.join(", ")}`;
    return { database: { ok: true, detail: "answers" }, migrations: { ok: missing.length === 0, detail } };
  } catch (error) {
    log().warn({ err: error }, "the database does not answer");
    const check = { ok: false, detail: "the database does not answer" };
    return { database: check, migrations: { ok: false, detail: "unknown" } };
  }
}

function checkWorker(): Check {
  const lag = worker()?.lag();
  if (lag === undefined) return { ok: false, detail: "not started" };
  return { ok: lag < maxLagSeconds, detail: `last looked ${Math.round(lag)} s ago` };
}

export async function findReadiness(): Promise<Readiness> {
  const { database, migrations } = await checkMigrations();
  const jobs = checkWorker();
  return { ready: database.ok && migrations.ok && jobs.ok, database, migrations, worker: jobs };
}
