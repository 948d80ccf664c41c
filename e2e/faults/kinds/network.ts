import { setTimeout as sleep } from "node:timers/promises";
import { chance } from "@/e2e/faults/chance";
import { openSite, type Site, writeDuring } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";
import { type DatabaseProxy, openDatabaseProxy, type Way } from "@/e2e/support/database-proxy";
import { startMuster } from "@/e2e/support/muster";
import { makeWorkspaceFolder } from "@/e2e/support/workspace-folder";
import { openEmbeddedPostgres } from "@/scripts/embedded/postgres";
import { keptSecret } from "@/scripts/embedded/secret";

type Routed = { site: Site; proxy: DatabaseProxy; settings: Record<string, string>; remove: () => Promise<void> };

/** An installation whose server connects to its database through a proxy. */
async function openRouted(): Promise<Routed> {
  const folder = makeWorkspaceFolder();
  const database = await openEmbeddedPostgres(folder.path);
  const proxy = await openDatabaseProxy(database.url);
  const settings = { DATABASE_URL: proxy.url, MUSTER_SECRET: keptSecret(folder.path) };
  const site = await openSite(settings, { ...folder, remove: () => {} });
  const remove = async () => {
    await site.remove();
    await proxy.close();
    await database.release();
    folder.remove();
  };
  return { site, proxy, settings, remove };
}

/** Checks that /readyz reflects the state of the database connection within seconds. */
async function wrongReadiness(base: string, wanted: 200 | 503): Promise<string[]> {
  let status: number | null = null;
  const patience = wanted === 200 ? 20_000 : 8_000; // recovery takes longer on a busy machine
  for (const end = Date.now() + patience; Date.now() < end && status !== wanted; await sleep(100)) {
    status = await fetch(`${base}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
      (answer) => answer.status,
      () => null,
    );
  }
  return status === wanted ? [] : [`/readyz said ${status} instead of ${wanted}`];
}

/** F02, F03: the connection to the database is silent, closed, half-closed or cutting for a while. */
export async function breakWay(way: Exclude<Way, "open">, times: number): Promise<Row> {
  const { site, proxy, remove } = await openRouted();
  const losses: string[] = [];
  for (let done = 0; done < times; done++) {
    await writeDuring(site, async () => {
      await sleep(200 + chance() * 300);
      proxy.turn(way);
      losses.push(...(await wrongReadiness(site.muster.url, 503)));
      proxy.turn("open");
      losses.push(...(await wrongReadiness(site.muster.url, 200)));
      await sleep(200);
    });
    losses.push(...(await site.examine()));
  }
  await remove();
  return rowOf("F03", `the way to the database is ${way}`, times, losses, site.tally);
}

/** F03: commits never arrive, or happen but their answer is lost. */
export async function loseCommits(times: number): Promise<Row> {
  const { site, proxy, remove } = await openRouted();
  const losses: string[] = [];
  await writeDuring(site, async () => {
    for (let done = 0; done < times; done++) {
      await sleep(50 + chance() * 100);
      const met = proxy.met;
      proxy.fault = done % 2 === 0 ? "lose-answer" : "lose-commit";
      for (const end = Date.now() + 2_000; proxy.met === met && Date.now() < end; ) await sleep(5);
      proxy.fault = "none";
    }
  });
  losses.push(...(await site.examine()));
  await remove();
  return rowOf("F03", "a commit or its answer is lost", times, losses, site.tally);
}

/** F03: every answer of the database is late. */
export async function slowDatabase(seconds: number): Promise<Row> {
  const { site, proxy, remove } = await openRouted();
  await writeDuring(site, async () => {
    proxy.delay = 300;
    await sleep(seconds * 1000);
    proxy.delay = 0;
  });
  const losses = await site.examine();
  await remove();
  return rowOf("F03", "answers of the database are late", 1, losses, site.tally);
}

/** F15: one of two servers has lost its database: the other goes on, and a token that it revokes is invalid on both. */
export async function partOne(times: number): Promise<Row> {
  const { site, proxy, remove } = await openRouted();
  const losses: string[] = [];
  const other = await startMuster({ MUSTER_DATA_DIR: site.folder, MUSTER_SCIM_RATE: "0" });
  for (let done = 0; done < times; done++) {
    await writeDuring(site, async () => {
      proxy.turn("silent");
      await sleep(500);
      const headers = { authorization: `Bearer ${site.token}` };
      const there = await fetch(`${other.url}/scim/v2/Users?count=1`, { headers });
      if (there.status !== 200) losses.push(`the server that has its database answered ${there.status}`);
      const here = await fetch(`${site.muster.url}/scim/v2/Users?count=1`, { headers });
      if (here.status !== 503) losses.push(`the server without its database answered ${here.status}`);
      proxy.turn("open");
      losses.push(...(await wrongReadiness(site.muster.url, 200)));
    });
    losses.push(...(await site.examine()));
  }
  await other.stop();
  await remove();
  return rowOf("F15", "one of two servers loses its database", times, losses, site.tally);
}
