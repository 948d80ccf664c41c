import type pg from "pg";
import { log } from "@/lib/log";
import { clientLimit, connect, type PoolClient, patience } from "./pool";
import { holdWrites, planOnce, type Statement } from "./statement";

/*
 * Reads of a row by its key share a connection and travel together: what comes in at the same moment is one write to the socket and one
 * answer. Nothing slow may go this way, for the next one waits behind it; where something is, the next ones take the other reader.
 */

/** Connections that are taken from the pool for this. */
const maxReaders = 2;

/** Milliseconds without an answer after which reads go elsewhere. */
const slowAfter = 250;

/** Milliseconds after which a reader makes room for a new one: a name may lead to another server by now. */
const lifetime = 10 * 60_000;

type Reader = {
  client: Promise<PoolClient>;
  openedAt: number;
  /** Reads under way, and since when none of them was answered. */
  underWay: number;
  silentSince: number;
  isReleased: boolean;
};

const here = globalThis as { musterReaders?: Reader[] };

function readers(): Reader[] {
  here.musterReaders ??= [];
  return here.musterReaders;
}

/** All rows of a statement that reads a row by a unique key, within two seconds. Throws a trouble. */
export async function point<Row extends object>(query: Statement): Promise<Row[]> {
  const reader = pick();
  if (reader.underWay === 0) reader.silentSince = Date.now();
  reader.underWay++;
  try {
    const client = await reader.client;
    if (client.lost) throw client.lost;
    holdWrites(client);
    const limited = { ...query, ...clientLimit(patience.point) };
    return (await client.query<Row & pg.QueryResultRow>(limited)).rows;
  } finally {
    reader.underWay--;
    reader.silentSince = Date.now();
    if (!readers().includes(reader)) release(reader);
  }
}

const silence = (reader: Reader) => (reader.underWay === 0 ? 0 : Date.now() - reader.silentSince);

/** The first reader that answers; a new one while there may be more; else the one that has been silent for the shortest time. */
function pick(): Reader {
  for (const reader of readers()) if (Date.now() - reader.openedAt > lifetime) retire(reader);
  const known = readers();
  const quick = known.find((reader) => silence(reader) < slowAfter);
  if (quick) return quick;
  if (known.length < maxReaders) return open();
  return known.reduce((best, reader) => (silence(reader) < silence(best) ? reader : best));
}

function open(): Reader {
  const reader: Reader = {
    client: prepare(),
    openedAt: Date.now(),
    underWay: 0,
    silentSince: Date.now(),
    isReleased: false,
  };
  readers().push(reader);
  reader.client.then(
    (client) => {
      if (client.lost) lose(reader, client.lost);
      else client.once("error", (error) => lose(reader, error));
    },
    () => drop(reader), // whoever reads is told why
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

/** Nothing more is read by it. */
function drop(reader: Reader): void {
  const at = readers().indexOf(reader);
  if (at >= 0) readers().splice(at, 1);
}

function lose(reader: Reader, error: Error): void {
  log().warn({ err: error }, "database connection lost");
  retire(reader);
}

/** Ends it as soon as its last read is answered. */
function retire(reader: Reader): void {
  drop(reader);
  release(reader);
}

/** Gives the connection back when nothing is under way, to be closed: what was set on it is not for others. */
function release(reader: Reader): void {
  if (reader.underWay > 0 || reader.isReleased) return;
  reader.isReleased = true;
  reader.client.then(
    (client) => client.release(client.lost ?? true),
    () => {}, // it never was one
  );
}

/** Gives all readers back. */
export function closeReaders(): void {
  for (const reader of [...readers()]) retire(reader);
}
