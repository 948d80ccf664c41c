import { setTimeout as sleep } from "node:timers/promises";
import { askBeside, openBeside } from "./beside";
import { chance } from "./chance";
import { missingConnections, untilReady } from "./kills";
import { onSite, type Site, writeDuring } from "./site";
import { type Row, rowOf } from "./table";

/** Seconds within which a server without a free connection answers, one way or the other. */
const longestAnswer = 25;

/** What the server's status at a path is, waited for until it is the wanted one. */
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

/** Whether requests still wait for a connection after the fault: nothing may have piled up. */
async function leftInQueue({ muster }: Site): Promise<string[]> {
  const { pool } = (await (await fetch(`${muster.url}/readyz`)).json()) as { pool: { detail: string } };
  return /, 0 requests wait/.test(pool.detail) ? [] : [`the pool afterwards: ${pool.detail}`];
}

/** F04: everything that requests read is locked by a transaction beside the server, so that each connection waits. */
export function holdEverything(times: number, given?: Site): Promise<Row> {
  return onSite(given, async (site) => {
    const losses: string[] = [];
    const beside = await openBeside(site.folder);
    for (let done = 0; done < times; done++) {
      await writeDuring(site, async () => {
        await sleep(200 + chance() * 300);
        await beside.query(`BEGIN; LOCK TABLE "Workspace" IN ACCESS EXCLUSIVE MODE`);
        const headers = { authorization: `Bearer ${site.token}` };
        const reads = Array.from({ length: 40 }, () => fetch(`${site.muster.url}/scim/v2/Users?count=1`, { headers }));
        const answers = await Promise.all(reads);
        const wrong = answers.filter(({ status, headers }) => status !== 503 || headers.get("retry-after") === null);
        if (wrong.length > 0) losses.push(`${wrong.length} of 40 reads got ${wrong.map(({ status }) => status)}`);
        losses.push(...(await wrongStatus(site, "/readyz", 503)), ...(await wrongStatus(site, "/livez", 200)));
        await sleep(500 + chance() * 6_000);
        await beside.query("ROLLBACK");
        await untilReady(site);
        await sleep(300);
      });
      losses.push(...(await leftInQueue(site)), ...(await site.examine()));
    }
    losses.push(...(await missingConnections(site)));
    if (site.tally.slowest > longestAnswer) losses.push(`an answer took ${site.tally.slowest.toFixed(1)} s`);
    await beside.end();
    return rowOf("F04", "all connections wait for a lock", times, losses, site.tally);
  });
}

/** F04: the database has no connection left for the server, and those that it had are ended. */
export function refuseConnections(times: number, given?: Site): Promise<Row> {
  return onSite(given, async (site) => {
    const losses: string[] = [];
    const beside = await openBeside(site.folder);
    for (let done = 0; done < times; done++) {
      const refused = site.tally.refused;
      await writeDuring(site, async () => {
        await sleep(200 + chance() * 300);
        await beside.query("ALTER ROLE muster_app CONNECTION LIMIT 0"); // refused as when all places are taken: 53300
        await beside.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'muster_app'`);
        losses.push(...(await wrongStatus(site, "/readyz", 503)), ...(await wrongStatus(site, "/livez", 200)));
        await sleep(500 + chance() * 1_000);
        await beside.query("ALTER ROLE muster_app CONNECTION LIMIT -1");
        await untilReady(site);
        await sleep(300);
      });
      if (site.tally.refused === refused) losses.push("no request found the connections gone");
      losses.push(...(await leftInQueue(site)), ...(await site.examine()));
    }
    losses.push(...(await missingConnections(site)));
    await beside.end();
    return rowOf("F04", "the database gives no connections", times, losses, site.tally);
  });
}

/** F05: somebody beside the server locks people first and the workspace then, the other way round than the server does. */
export function crossLocks(times: number, given?: Site): Promise<Row> {
  return onSite(given, async (site) => {
    const losses: string[] = [];
    const before = await countDeadlocks(site.folder);
    const beside = await openBeside(site.folder);
    for (let done = 0; done < times; done++) {
      await writeDuring(site, async () => {
        await sleep(200 + chance() * 300);
        try {
          await beside.query(`BEGIN; SELECT 1 FROM "Membership" ORDER BY id FOR UPDATE`);
          await sleep(chance() * 1_200); // by then a write holds the workspace and waits for somebody
          await beside.query(`SELECT 1 FROM "Workspace" FOR UPDATE`);
          await sleep(chance() * 200);
        } catch (error) {
          if ((error as { code?: string }).code !== "40P01") throw error; // the one that gives way may be this one
        }
        await beside.query("ROLLBACK");
        await sleep(200);
      });
      losses.push(...(await site.examine()));
    }
    await beside.end();
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

/** F05: the rows that writes need are locked for longer than a write may wait. */
export function holdRows(times: number, given?: Site): Promise<Row> {
  return onSite(given, async (site) => {
    const losses: string[] = [];
    const beside = await openBeside(site.folder);
    for (let done = 0; done < times; done++) {
      const refused = site.tally.refused;
      await writeDuring(site, async () => {
        await sleep(200 + chance() * 300);
        await beside.query(`BEGIN; SELECT 1 FROM "Workspace" FOR UPDATE`);
        await sleep(6_500);
        await beside.query("ROLLBACK");
        await sleep(300);
      });
      if (site.tally.refused === refused) losses.push("no write met the lock");
      losses.push(...(await leftInQueue(site)), ...(await site.examine()));
    }
    await beside.end();
    return rowOf("F05", "rows are locked for longer than a write waits", times, losses, site.tally);
  });
}
