import { setImmediate as immediate } from "node:timers/promises";
import pg from "pg";
import { log } from "@/lib/log";
import { troubleOf } from "./trouble";

/*
 * A network that drops packets tells nobody: a statement that is under way would wait for its whole timeout. When statements get no
 * answer for a while, a new connection finds out whether the database still answers anybody. If not, they are given up.
 */

/** What is watched of a connection; `readyForQuery` is false while a statement waits for its answer. */
export type Watched = pg.ClientBase & {
  readyForQuery?: boolean;
  connection?: { stream?: { bytesRead?: number; destroy?: (error?: Error) => void } };
};

/** Milliseconds between two looks, without an answer before the database is asked, and for that question. */
const pause = 250;
const suspiciousAfter = 750;
const probeTime = 1_000;

type Heard = { bytes: number; at: number };

/** Watches the connections in a set until `stop` is called. */
export function watchSilence(clients: ReadonlySet<Watched>, connectionString: string): { stop: () => void } {
  const heard = new WeakMap<Watched, Heard>();
  let isAsking = false;
  const look = async () => {
    const waiting = [...clients].filter((client) => waitsFor(client, heard) > suspiciousAfter);
    if (waiting.length === 0 || isAsking) return;
    isAsking = true;
    const isSilent = await fallsSilent(connectionString);
    await immediate(); // what has come in meanwhile is read first
    isAsking = false;
    if (isSilent) giveUp(waiting.filter((client) => waitsFor(client, heard) > suspiciousAfter));
  };
  const timer = setInterval(() => void look(), pause);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** Milliseconds for which a connection has waited without a single byte. */
function waitsFor(client: Watched, heard: WeakMap<Watched, Heard>): number {
  const now = performance.now();
  const bytes = client.connection?.stream?.bytesRead ?? 0;
  const last = heard.get(client);
  if (client.readyForQuery === false && last?.bytes === bytes) return now - last.at;
  heard.set(client, { bytes, at: now });
  return 0;
}

function giveUp(clients: readonly Watched[]): void {
  if (clients.length === 0) return;
  log().warn({ connections: clients.length }, "the database has fallen silent; its statements are given up");
  for (const { connection } of clients) connection?.stream?.destroy?.();
}

/** Whether a new connection gets no answer at all; an error is one. */
async function fallsSilent(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: probeTime, query_timeout: probeTime });
  client.on("error", () => {}); // connect and query reject as well
  const began = performance.now();
  try {
    await client.connect();
    await client.query("SELECT 1");
    return false;
  } catch (error) {
    const isBlocked = performance.now() - began > 3 * probeTime; // this process stood still, which says nothing of the database
    return !isBlocked && troubleOf(error)?.kind === "unreachable" && (error as { code?: string }).code === undefined;
  } finally {
    (client as Watched).connection?.stream?.destroy?.();
  }
}
