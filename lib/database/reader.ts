import type pg from "pg";
import { log } from "@/lib/log";
import { clientLimit, connect, type PoolClient, patience } from "./pool";
import { holdWrites, planOnce, type Statement } from "./statement";

/*
 * Reads of one row by key share a connection: reads that arrive at the same moment become one write to the socket and one answer. A slow
 * read holds up those behind it, so while a reader doesn't answer, new reads use the other one.
 */

/** Connections that readers take from the pool. */
const maxReaders = 2;

/** Milliseconds without an answer after which new reads use another reader. */
const slowAfter = 250;

/** Milliseconds until a reader is replaced, in case the host name points to another server by then. */
const lifetime = 10 * 60_000;

type Reader = {
  client: Promise<PoolClient>;
  openedAt: number;
  /** When it was ready, by `performance.now()`; infinite until then. */
  readyAt: number;
  /** Reads in flight, and since when none of them has been answered. */
  underWay: number;
  silentSince: number;
  isReleased: boolean;
};

const here = globalThis as { musterReaders?: Reader[] };

function readers(): Reader[] {
  here.musterReaders ??= [];
  return here.musterReaders;
}

/** All rows of a statement that reads one row by a unique key. Takes two seconds at most. Throws a DatabaseTrouble. */
export async function point<Row extends object>(query: Statement): Promise<Row[]> {
  const reader = pick();
  if (reader.underWay === 0) reader.silentSince = performance.now();
  reader.underWay++;
  let client: PoolClient | undefined;
  try {
    client = await reader.client;
    if (client.lost) throw client.lost;
    holdWrites(client);
    const limited = { ...query, ...clientLimit(patience.point) };
    return (await client.query<Row & pg.QueryResultRow>(limited)).rows;
  } finally {
    reader.underWay--;
    reader.silentSince = performance.now();
    if (client?.lost) drop(reader);
    if (!readers().includes(reader)) release(reader);
  }
}

const silence = (reader: Reader) => (reader.underWay === 0 ? 0 : performance.now() - reader.silentSince);

/** The first reader that answers quickly, else a new one, else the one with the shortest wait. */
function pick(): Reader {
  for (const reader of readers()) if (performance.now() - reader.openedAt > lifetime) retire(reader);
  const known = readers();
  const quick = known.find((reader) => silence(reader) < slowAfter);
  if (quick) return quick;
  if (known.length < maxReaders) return open();
  return known.reduce((best, reader) => (silence(reader) < silence(best) ? reader : best));
}

function open(): Reader {
  const reader: Reader = {
    client: prepare(),
    openedAt: performance.now(),
    readyAt: Number.POSITIVE_INFINITY,
    underWay: 0,
    silentSince: performance.now(),
    isReleased: false,
  };
  readers().push(reader);
  reader.client.then(
    (client) => {
      reader.readyAt = performance.now();
      if (client.lost) lose(reader, client.lost);
      else client.once("error", (error) => lose(reader, error));
    },
    () => drop(reader), // its reads get the error
  );
  return reader;
}

async function prepare(): Promise<PoolClient> {
  const client = await connect();
  try {
    await client.query({
      text: `SET ${planOnce}; SET statement_timeout = ${patience.point}`,
      ...clientLimit(patience.point),
    });
    if (client.lost) throw client.lost;
    return client;
  } catch (error) {
    client.release(error as Error);
    throw error;
  }
}

/** Stops giving it new reads. */
function drop(reader: Reader): void {
  const at = readers().indexOf(reader);
  if (at >= 0) readers().splice(at, 1);
}

function lose(reader: Reader, error: Error): void {
  log().warn({ reason: error.message }, "database connection lost");
  retire(reader);
}

/** Closes it after its last answer. */
function retire(reader: Reader): void {
  drop(reader);
  release(reader);
}

/** Releases the connection once nothing is in flight. It is closed rather than reused, because its settings are specific to reads. */
function release(reader: Reader): void {
  if (reader.underWay > 0 || reader.isReleased) return;
  reader.isReleased = true;
  reader.client.then(
    (client) => client.release(client.lost ?? true),
    () => {}, // it never connected
  );
}

/**
 * Whether the database has not crashed since a moment (`performance.now()`). A crash ends every connection, so one opened before that
 * moment proves it by still answering. False also if there is no such connection.
 */
export async function hasStayedSince(moment: number): Promise<boolean> {
  const older = readers().filter(({ readyAt }) => readyAt < moment);
  const answers = older.map(async (reader) => {
    const client = await reader.client;
    if (client.lost) throw client.lost;
    await client.query({ text: "SELECT 1", ...clientLimit(patience.point) });
  });
  return (await Promise.allSettled(answers)).some(({ status }) => status === "fulfilled");
}

/** Closes all readers. */
export function closeReaders(): void {
  for (const reader of [...readers()]) retire(reader);
}
