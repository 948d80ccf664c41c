import { readdirSync } from "node:fs";
import { join } from "node:path";
import { poolUse } from "@/lib/database/pool";
import { point } from "@/lib/database/reader";
import { troubleOf } from "@/lib/database/trouble";
import { lastFailure } from "@/lib/database/writes";
import { all, one, sql } from "@/lib/db";
import { worker } from "@/lib/jobs/worker";
import { log } from "@/lib/log";
import { requestLogState } from "@/lib/provisioning/http/request-log";
import { listSetAside } from "@/lib/set-aside";
import { isLeaving } from "./leaving";
import { uncaught } from "./uncaught";

type Check = { ok: boolean; detail: string };
type Name = "process" | "database" | "writes" | "migrations" | "worker" | "requestLog" | "queues" | "pool";
export type Readiness = Record<Name, Check> & { ready: boolean };

/** Milliseconds that a check may take. */
const checkTime = 2_000;

/** The worker looks every ten seconds; after this many it counts as stuck. */
const maxLag = 60;

/** Seconds for which a failed commit makes the server not ready. */
const failureCounts = 10;

const here = globalThis as { musterMigrations?: readonly string[] };

/** The migrations at startup; files that appear later don't count. */
export function ownMigrations(): readonly string[] {
  here.musterMigrations ??= readdirSync(join(process.cwd(), "prisma/migrations")).filter((name) => /^\d/.test(name));
  return here.musterMigrations;
}

/** Runs a check and reports a failure when it throws or takes too long. */
async function inTime(check: () => Promise<Check>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Check>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: "the database does not answer" }), checkTime);
  });
  const found = check().catch((error: unknown) => {
    log().warn({ err: error }, "the database does not answer as it should");
    return { ok: false, detail: troubleOf(error)?.detail ?? "the database does not answer as it should" };
  });
  return Promise.race([found, late]).finally(() => clearTimeout(timer));
}

/** Reads over the same connection as requests, from the tables that every request reads: a lock on those stops them all. */
async function checkLookups(): Promise<Check> {
  await point(sql`SELECT EXISTS (SELECT 1 FROM "AccessToken") AND EXISTS (SELECT 1 FROM "Workspace") AS any`);
  return { ok: true, detail: "answers" };
}

async function checkWrites(): Promise<Check> {
  const row = await one<{ standby: boolean; readOnly: boolean }>(
    sql`SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS "readOnly"`,
  );
  if (row?.standby) return { ok: false, detail: "the database is a standby, which is read-only" };
  if (row?.readOnly) return { ok: false, detail: "the database is set to read-only" };
  const failure = lastFailure();
  if (failure === null || failure.seconds > failureCounts) return { ok: true, detail: "taken" };
  return { ok: false, detail: `failed ${Math.round(failure.seconds)} s ago: ${failure.trouble.detail}` };
}

async function checkMigrations(): Promise<Check> {
  const rows = await all<{ name: string }>(
    sql`SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  );
  const done = new Set(rows.map(({ name }) => name));
  const missing = ownMigrations().filter((name) => !done.has(name));
  if (missing.length > 0) return { ok: false, detail: `missing: ${missing.join(", ")}` };
  return { ok: true, detail: `${done.size} applied` };
}

function checkWorker(): Check {
  const lag = worker()?.lag();
  if (lag === undefined) return { ok: false, detail: "not started" };
  return { ok: lag < maxLag, detail: `last looked ${Math.round(lag)} s ago` };
}

function checkProcess(): Check {
  if (isLeaving()) return { ok: false, detail: "is stopping" };
  const { rejections } = uncaught();
  return {
    ok: true,
    detail: rejections === 0 ? "runs" : `runs; ${rejections} rejections were not caught: see the log`,
  };
}

/** Seconds the request log may fail to be written before the server counts as not ready. */
const logPatience = 60;

function checkRequestLog(): Check {
  const { waiting, failingFor } = requestLogState();
  if (failingFor === 0) return { ok: true, detail: `${waiting} rows wait` };
  const detail = `not written for ${Math.round(failingFor)} s, ${waiting} rows wait`;
  return { ok: failingFor < logPatience, detail };
}

/** Informational: a row that was set aside doesn't stop its queue. */
function describeQueues(): Check {
  const setAside = Object.entries(listSetAside()).map(
    ([queue, { count, reason }]) => `${queue}: ${count}, last because ${reason}`,
  );
  return {
    ok: true,
    detail: setAside.length === 0 ? "nothing was set aside" : `set aside: ${setAside.join(", ")}; the log says why`,
  };
}

/** Informational: a fully used pool is not an error. */
function describePool(): Check {
  const { size, used, waiting } = poolUse();
  return { ok: true, detail: `${used} of ${size} connections in use, ${waiting} requests wait for one` };
}

/** Whether requests can be served, with one entry per check; takes at most two seconds, whatever the database does. */
export async function findReadiness(): Promise<Readiness> {
  const [database, writes, migrations] = await Promise.all([
    inTime(checkLookups),
    inTime(checkWrites),
    inTime(checkMigrations),
  ]);
  const checks = {
    process: checkProcess(),
    database,
    writes,
    migrations,
    worker: checkWorker(),
    requestLog: checkRequestLog(),
    queues: describeQueues(),
    pool: describePool(),
  };
  return { ready: Object.values(checks).every(({ ok }) => ok), ...checks };
}
