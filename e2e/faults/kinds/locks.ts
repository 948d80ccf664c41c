import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { askBeside, openBeside } from "@/e2e/faults/beside";
import { chance } from "@/e2e/faults/chance";
import { onSite, type Site, writeDuring } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";
import { missingConnections, untilReady } from "./kills";

/** Seconds within which a server without a free connection must answer with anything. */
const longestAnswer = 25;

/** Waits until the server's status at a path is the wanted one; returns what is wrong. */
async function wrongStatus({ muster }: Site, path: string, wanted: number): Promise<string[]> {
  let status: number | null = null;
  for (const end = Date.now() + 10_000; Date.now() < end && status !== wanted; await sleep(100)) {
    const signal = AbortSignal.timeout(5_000);
    status = await fetch(`${muster.url}${path}`, { signal }).then(
      (answer) => answer.status,
      () => null,
    );
  }
  return status === wanted ? [] : [`${path} said ${status} instead of ${wanted}`];
}

/** Checks that no requests are waiting for a connection after the fault. */
async function leftInQueue({ muster }: Site): Promise<string[]> {
  const { pool } = (await (await fetch(`${muster.url}/readyz`)).json()) as { pool: { detail: string } };
  return /, 0 requests wait/.test(pool.detail) ? [] : [`the pool afterwards: ${pool.detail}`];
}

/** One disturbance of the server by another database client; returns what is lost or wrong. */
type Once = (site: Site, beside: pg.Client) => Promise<string[]>;

/** Repeats a disturbance by another database client while clients write, and checks for losses. */
async function besideServer(times: number, site: Site, once: Once): Promise<string[]> {
  const losses: string[] = [];
  const beside = await openBeside(site.folder);
  for (let done = 0; done < times; done++) {
    await writeDuring(site, async () => {
      await sleep(200 + chance() * 300);
      losses.push(...(await once(site, beside)));
      await sleep(300);
    });
    losses.push(...(await leftInQueue(site)), ...(await site.examine()));
  }
  await beside.end();
  losses.push(...(await missingConnections(site)));
  if (site.tally.slowest > longestAnswer) losses.push(`an answer took ${site.tally.slowest.toFixed(1)} s`);
  return losses;
}

/** Locks a table that all requests read, so that every connection waits. */
async function lockAll(site: Site, beside: pg.Client): Promise<string[]> {
  await beside.query(`BEGIN; LOCK TABLE "Workspace" IN ACCESS EXCLUSIVE MODE`);
  const headers = { authorization: `Bearer ${site.token}` };
  const reads = Array.from({ length: 40 }, () => fetch(`${site.muster.url}/scim/v2/Users?count=1`, { headers }));
  const answers = await Promise.all(reads);
  const wrong = answers.filter(({ status, headers }) => status !== 503 || headers.get("retry-after") === null);
  const losses = wrong.length > 0 ? [`${wrong.length} of 40 reads got ${wrong.map(({ status }) => status)}`] : [];
  losses.push(...(await wrongStatus(site, "/readyz", 503)), ...(await wrongStatus(site, "/livez", 200)));
  await sleep(500 + chance() * 6_000);
  await beside.query("ROLLBACK");
  await untilReady(site);
  return losses;
}

/** The database accepts no connection from the server, and ends the existing ones. */
async function refuseAll(site: Site, beside: pg.Client): Promise<string[]> {
  const { refused } = site.tally;
  await beside.query("ALTER ROLE muster_app CONNECTION LIMIT 0"); // fails as if all connections were taken: 53300
  await beside.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'muster_app'`);
  const losses = [...(await wrongStatus(site, "/readyz", 503)), ...(await wrongStatus(site, "/livez", 200))];
  await sleep(500 + chance() * 1_000);
  await beside.query("ALTER ROLE muster_app CONNECTION LIMIT -1");
  await untilReady(site);
  if (site.tally.refused === refused) losses.push("no request found the connections gone");
  return losses;
}

/** Locks people first and then the workspace, the opposite order of the server's. */
async function lockCrosswise(_: Site, beside: pg.Client): Promise<string[]> {
  try {
    await beside.query(`BEGIN; SELECT 1 FROM "Membership" ORDER BY id FOR UPDATE`);
    await sleep(chance() * 1_200); // by then a write holds the workspace's lock and waits for a person's
    await beside.query(`SELECT 1 FROM "Workspace" FOR UPDATE`);
    await sleep(chance() * 200);
  } catch (error) {
    if ((error as { code?: string }).code !== "40P01") throw error; // this client may be the deadlock's victim
  }
  await beside.query("ROLLBACK");
  return [];
}

/** Locks the rows that writes need for longer than a write may wait. */
async function lockForLong(site: Site, beside: pg.Client): Promise<string[]> {
  const { refused } = site.tally;
  await beside.query(`BEGIN; SELECT 1 FROM "Workspace" FOR UPDATE`);
  await sleep(6_500);
  await beside.query("ROLLBACK");
  return site.tally.refused === refused ? ["no write met the lock"] : [];
}

function fault(id: string, name: string, once: Once) {
  return (times: number, given?: Site): Promise<Row> =>
    onSite(given, async (site) => rowOf(id, name, times, await besideServer(times, site, once), site.tally));
}

export const holdEverything = fault("F04", "all connections wait for a lock", lockAll);
export const refuseConnections = fault("F04", "the database gives no connections", refuseAll);
export const holdRows = fault("F05", "rows are locked for longer than a write waits", lockForLong);

/** F05: deadlocks; the row shows how many there were. */
export function crossLocks(times: number, given?: Site): Promise<Row> {
  return onSite(given, async (site) => {
    const before = await countDeadlocks(site.folder);
    const losses = await besideServer(times, site, lockCrosswise);
    const met = (await countDeadlocks(site.folder)) - before;
    return rowOf("F05", `deadlocks with a client beside it (${met})`, times, losses, site.tally);
  });
}

async function countDeadlocks(folder: string): Promise<number> {
  const [row] = await askBeside<{ deadlocks: number }>(
    folder,
    `SELECT deadlocks::int FROM pg_stat_database WHERE datname = 'muster'`,
  );
  return row?.deadlocks ?? 0;
}
