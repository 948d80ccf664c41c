import { setImmediate as immediate } from "node:timers/promises";
import pg from "pg";
import { log } from "@/lib/log";
import { troubleOf } from "./trouble";

/*
 * A network that drops packets reports no error, so a running statement would wait for its whole timeout. When statements get no answer for
 * a while, a new connection checks whether the database still answers. If it doesn't, the statements are given up.
 */

/** The parts of a connection that are watched; `readyForQuery` is false while a statement waits for its answer. */
export type Watched = pg.ClientBase & {
  readyForQuery?: boolean;
  connection?: { stream?: { bytesRead?: number; destroy?: (error?: Error) => void } };
};

/** In milliseconds: the interval between checks, how long without an answer before the database is probed, and the time for that probe. */
const pause = 250;
const suspiciousAfter = 750;
const probeTime = 1_000;

type Received = { bytes: number; at: number };

/** Watches the connections in a set until `stop` is called. */
export function watchSilence(clients: ReadonlySet<Watched>, connectionString: string): { stop: () => void } {
  const received = new WeakMap<Watched, Received>();
  let isProbing = false;
  const look = async () => {
    const waiting = [...clients].filter((client) => waitsFor(client, received) > suspiciousAfter);
    if (waiting.length === 0 || isProbing) return;
    isProbing = true;
    const isSilent = await fallsSilent(connectionString);
    await immediate(); // read what has arrived in the meantime first
    isProbing = false;
    if (isSilent) giveUp(waiting.filter((client) => waitsFor(client, received) > suspiciousAfter));
  };
  const timer = setInterval(() => void look(), pause);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** Milliseconds for which a connection has waited without a single byte. */
function waitsFor(client: Watched, received: WeakMap<Watched, Received>): number {
  const now = performance.now();
  const bytes = client.connection?.stream?.bytesRead ?? 0;
  const last = received.get(client);
  if (client.readyForQuery === false && last?.bytes === bytes) return now - last.at;
  received.set(client, { bytes, at: now });
  return 0;
}

function giveUp(clients: readonly Watched[]): void {
  if (clients.length === 0) return;
  log().warn({ connections: clients.length }, "the database has fallen silent; its statements are given up");
  for (const { connection } of clients) connection?.stream?.destroy?.();
}

/** Whether a new connection gets no answer at all. An error counts as an answer. */
async function fallsSilent(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: probeTime, query_timeout: probeTime });
  client.on("error", () => {}); // connect and query reject with it as well
  const began = performance.now();
  try {
    await client.connect();
    await client.query("SELECT 1");
    return false;
  } catch (error) {
    const isBlocked = performance.now() - began > 3 * probeTime; // this process was blocked, so the silence says nothing about the database
    return !isBlocked && troubleOf(error)?.kind === "unreachable" && (error as { code?: string }).code === undefined;
  } finally {
    (client as Watched).connection?.stream?.destroy?.();
  }
}
