import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { brokenIn } from "@/e2e/idp/support/invariants";
import { type Muster, startMuster } from "@/e2e/support/muster";
import { makeWorkspaceFolder } from "@/e2e/support/workspace-folder";
import { emptyTally, RecordingClient, type Tally } from "./recording-client";
import type { Row } from "./table";

/** An installation to inject faults into: a server on a data folder, and clients that write to it. */
export type Site = {
  folder: string;
  muster: Muster;
  token: string;
  clients: RecordingClient[];
  tally: Tally;
  /** Kills the server, and starts it again. */
  crash: () => Promise<void>;
  /** The process id of the embedded database. */
  databasePid: () => number;
  /** Compares with what was acknowledged, and checks the invariants; returns what is lost or broken, in words. */
  examine: () => Promise<string[]>;
  remove: () => Promise<void>;
};

const clientCount = 6;

const settings = { MUSTER_SCIM_RATE: "0", MUSTER_INVITE_DELAY: "3600" };

/** Opens one in a new folder, or in the given one. */
export async function openSite(more: Record<string, string> = {}, folder = makeWorkspaceFolder()): Promise<Site> {
  const environment = { MUSTER_DATA_DIR: folder.path, ...settings, ...more };
  const muster = await startMuster(environment);
  const site: Site = {
    folder: folder.path,
    muster,
    token: folder.token,
    clients: [],
    tally: emptyTally(),
    crash: async () => {
      await site.muster.kill();
      site.muster = await startMuster(environment);
    },
    databasePid: () => Number(readFileSync(join(folder.path, "postgres/postmaster.pid"), "utf8").split("\n")[0]),
    examine: async () => [
      ...(await Promise.all(site.clients.map((client) => client.findLosses()))).flat(),
      ...(await listBroken(folder.path)),
    ],
    remove: async () => {
      await site.muster.stop();
      folder.remove();
    },
  };
  renewClients(site);
  return site;
}

let clientsSoFar = 0;

/** New clients with their own people, and a new tally. */
function renewClients(site: Site): void {
  site.tally = emptyTally();
  const base = () => site.muster.url;
  site.clients = Array.from(
    { length: clientCount },
    () => new RecordingClient(base, site.token, `c${clientsSoFar++}`, site.tally),
  );
}

/** Injects a fault into the given installation, with new clients, or into a new one. */
export async function onSite(given: Site | undefined, fault: (site: Site) => Promise<Row>): Promise<Row> {
  if (given) {
    renewClients(given);
    return fault(given);
  }
  const site = await openSite();
  const row = await fault(site);
  await site.remove();
  return row;
}

/** Lets all clients write until `fault` has finished, which begins once they are writing. */
export async function writeDuring(site: Site, fault: () => Promise<void>): Promise<void> {
  let isOver = false;
  const before = site.tally.acknowledged;
  const writing = site.clients.map((client) => client.writeUntil(() => isOver));
  try {
    for (const end = Date.now() + 10_000; site.tally.acknowledged === before && Date.now() < end; ) await sleep(10);
    await fault();
  } finally {
    isOver = true;
    await Promise.all(writing);
  }
}

/** Checks the invariants directly in the database. */
async function listBroken(folder: string): Promise<string[]> {
  const client = new pg.Client({ host: join(folder, "run"), user: "muster_app", database: "muster" });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>(`SELECT id FROM "Workspace"`);
    const found: string[] = [];
    for (const { id } of rows) found.push(...(await brokenIn(async (text) => (await client.query(text, [id])).rows)));
    return found;
  } finally {
    await client.end();
  }
}
