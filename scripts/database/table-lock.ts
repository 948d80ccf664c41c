import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { codeOf, StartError } from "@/scripts/start-error";

/** The number of Prisma's own migration lock, so that both tools wait for each other. */
const lock = 72_707_369;

/** Milliseconds after which an unresponsive database is given up. Longer statements set their own limit. */
const answerWithin = 30_000;

/** Seconds that a change waits for a table in use; meanwhile readers of the table have to wait as well. */
const tablePatience = 5;

/** Conflicts with other users of the same tables: deadlock, lock timeout, serialization, or an error that follows from one. */
const inTheWay = new Set(["40P01", "55P03", "40001", "25P02"]);

/**
 * Runs work that creates or changes tables, in one transaction, one process at a time. The lock ends with its transaction, so it also works
 * behind a pooler. Conflicts with other processes are retried for the given seconds. Throws StartError if they don't resolve.
 */
export async function inTableLock<Result>(
  url: string,
  seconds: number,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  for (const end = Date.now() + seconds * 1000; ; await sleep(250)) {
    try {
      return await tryOnce(url, Math.max(1, Math.ceil((end - Date.now()) / 1000)), work);
    } catch (error) {
      if (!inTheWay.has(codeOf(error))) throw error;
      if (Date.now() < end) continue;
      throw new StartError(
        `The tables of the database are in use, so they can't be changed now (${codeOf(error)}). Nothing was changed: start again when less is going on, or stop what uses them.`,
      );
    }
  }
}

function tryOnce<Result>(url: string, seconds: number, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  return inClient(url, async (client) => {
    await takeLock(client, seconds);
    await client.query(`SET LOCAL lock_timeout = '${tablePatience}s'`);
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  });
}

/** Runs work on its own connection. Uncommitted changes are undone. */
async function inClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: answerWithin,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  client.on("error", () => {}); // the running statement fails with it
  await client.connect();
  try {
    return await work(client);
  } finally {
    await Promise.race([client.end(), sleep(1_000, undefined, { ref: false })]); // don't wait for an unresponsive one
  }
}

/** Changes may take long, but their lock must not survive a machine that lost power. */
const settings = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '60s'";

async function takeLock(client: pg.Client, seconds: number): Promise<void> {
  await client.query(`BEGIN; ${settings}; SET LOCAL lock_timeout = '${seconds}s'`);
  try {
    await client.query({
      text: "SELECT pg_advisory_xact_lock($1)",
      values: [lock],
      query_timeout: (seconds + 5) * 1000,
    } as pg.QueryConfig);
  } catch (error) {
    if (codeOf(error) !== "55P03") throw error;
    await client.query("ROLLBACK");
    throw new StartError(
      `Another process is changing the tables of this database${await findHolder(client)}. Wait until it is done, or stop it, and start again.`,
    );
  }
}

/** Who holds the lock and since when, as far as this role may see it. */
async function findHolder(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ since: string | null; pid: number; name: string }>(
    `SELECT a.pid, a.application_name AS name, to_char(coalesce(a.xact_start, a.query_start) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS since
     FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_database d ON d.oid = l.database
     WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = $1 AND d.datname = current_database() LIMIT 1`,
    [lock],
  );
  const [holder] = rows;
  if (!holder) return "";
  const since = holder.since === null ? "" : ` since ${holder.since} UTC`;
  return `${since} (connection ${holder.pid} of ${holder.name || "an unnamed program"})`;
}
