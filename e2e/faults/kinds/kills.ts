import { setTimeout as sleep } from "node:timers/promises";
import { openBeside } from "@/e2e/faults/beside";
import { chance } from "@/e2e/faults/chance";
import { openSite, type Site, writeDuring } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";

/** The most milliseconds of writing before a kill. */
const longest = 700;

const someTime = () => sleep(50 + chance() * longest);

/** F01: the application is repeatedly killed in the middle of writes. */
export async function killApplication(times: number): Promise<Row> {
  const site = await openSite();
  const losses: string[] = [];
  for (let done = 0; done < times; done++) {
    await writeDuring(site, async () => {
      await someTime();
      await site.crash();
    });
    losses.push(...(await site.examine()));
  }
  await site.remove();
  return rowOf("F01", "kill -9 of the application", times, losses, site.tally);
}

/** F02: the database is killed; the application keeps running, reports it, and recovers without help. */
export async function killDatabase(times: number): Promise<Row> {
  const site = await openSite();
  const losses: string[] = [];
  for (let done = 0; done < times; done++) {
    await writeDuring(site, async () => {
      await someTime();
      await killOnce(site);
    });
    losses.push(...(await site.examine()));
  }
  losses.push(...(await missingConnections(site)));
  await site.remove();
  return rowOf("F02", "kill -9 of PostgreSQL", times, losses, site.tally);
}

/** Kills the database server, and waits until the next one is ready: after short-lived servers the watcher pauses longer each time. */
async function killOnce(site: Site): Promise<void> {
  const killed = site.databasePid();
  process.kill(killed, "SIGKILL");
  for (const end = Date.now() + 20_000; isRunning(site, killed) && Date.now() < end; ) await sleep(20);
  await untilReady(site);
}

/** Whether the data folder still names this process, or names none. */
function isRunning({ databasePid }: Site, pid: number): boolean {
  try {
    return databasePid() === pid;
  } catch {
    return true; // the next one has not written its pid yet
  }
}

/** F02: one backend after the other is terminated, as by an administrator or the kernel. */
export async function killBackends(times: number): Promise<Row> {
  const site = await openSite();
  const losses: string[] = [];
  const admin = await openBeside(site.folder);
  await writeDuring(site, async () => {
    for (let done = 0; done < times; done++) {
      await sleep(20 + chance() * 80);
      await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = 'muster' AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY random() LIMIT 1`);
    }
  });
  await admin.end();
  losses.push(...(await site.examine()), ...(await missingConnections(site)));
  await site.remove();
  return rowOf("F02", "a backend is ended", times, losses, site.tally);
}

/** Waits until the server reports that it is ready. */
export async function untilReady({ muster }: Site): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(100)) {
    const answer = await fetch(`${muster.url}/readyz`).catch(() => null);
    if (answer?.status === 200) return;
  }
  throw new Error("The server did not come back by itself.");
}

/** Checks that the pool has lost no connections: as many concurrent lookups as it has connections must be answered. */
export async function missingConnections({ muster, token }: Site): Promise<string[]> {
  const headers = { authorization: `Bearer ${token}` };
  const asked = Array.from({ length: 48 }, () =>
    fetch(`${muster.url}/scim/v2/Users?sortBy=title&count=50`, { headers }),
  );
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  const failed = statuses.filter((status) => status !== 200).length;
  return failed === 0 ? [] : [`the pool: ${failed} of ${statuses.length} lists were not answered afterwards`];
}
