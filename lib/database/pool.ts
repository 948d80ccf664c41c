import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "@/generated/prisma/client";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { noteTrouble } from "@/lib/time-limit";
import { trouble } from "./trouble";

// Times as PostgreSQL writes them are the driver's business; counts are numbers here.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Milliseconds after which PostgreSQL gives up a statement: any, the read of a list, the read of a row by its key. */
export const patience = { any: 10_000, list: 3_000, point: 1_000 } as const;

/** Milliseconds that are waited here beyond that: where even the end of a statement isn't told, nobody is there any more. */
const silence = 1_000;

/** Milliseconds after which a statement is given up on this side, with its connection. */
export function clientLimit(milliseconds: number): { query_timeout: number } {
  return { query_timeout: milliseconds + silence };
}

/** Milliseconds in which a connection is had, or the request is refused: a new one, or one that somebody gives back. */
const placeWithin = 2_000;

/** Milliseconds of rest after which a connection is asked first whether anybody is still there. */
const restLimit = 500;

/** A connection that knows when it was lost. */
class Client extends pg.Client {
  /** Why it can't be used any more. */
  lost: Error | null = null;
  /** When it was given back. */
  restsSince = 0;
  /** Milliseconds that PostgreSQL gives its statements. */
  limit: number = patience.any;

  constructor(config?: pg.ClientConfig) {
    super(config);
    // First of all: an error that nobody listens to would end the process.
    this.on("error", (error) => {
      this.lost ??= error;
    });
  }
}

/** A connection out of the pool. */
export type PoolClient = Client & { release: (error?: Error | boolean) => void };

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: pg.PoolClient["release"],
) => void;

/** A pool that hands out no connection behind which it has become silent. */
class Pool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.PoolClient> | undefined {
    const taken = this.take();
    if (!callback) return taken;
    taken.then(
      (client) => callback(undefined, client, client.release),
      (error: Error) => callback(error, undefined, () => {}),
    );
    return undefined;
  }

  private async take(): Promise<pg.PoolClient> {
    const end = Date.now() + placeWithin;
    for (;;) {
      const client = (await super.connect().catch((error: unknown) => {
        throw noteTrouble(error);
      })) as unknown as PoolClient;
      const error = await whySilent(client, Math.max(1, end - Date.now()));
      if (error === null) return client as unknown as pg.PoolClient;
      client.release(error);
      if (Date.now() >= end) throw noteTrouble(trouble("unreachable", error));
    }
  }
}

/** Asks a connection that has rested for a sign of life; what went wrong, or null. */
async function whySilent(client: PoolClient, milliseconds: number): Promise<Error | null> {
  if (client.lost) return client.lost;
  if (client.restsSince === 0 || Date.now() - client.restsSince < restLimit) return null;
  try {
    await client.query({ text: "", query_timeout: milliseconds } as pg.QueryConfig);
    return null;
  } catch (error) {
    return error as Error;
  }
}

type Database = { pool: pg.Pool; prisma: PrismaClient };
const here = globalThis as { musterDatabase?: Database | undefined };

function open(): Database {
  const { DATABASE_URL, DATABASE_POOL } = env();
  const pool = new Pool({
    Client: Client as unknown as new () => pg.ClientBase,
    connectionString: DATABASE_URL,
    max: DATABASE_POOL,
    pipeline: true, // statements of a transaction that do not wait for each other travel together
    connectionTimeoutMillis: placeWithin,
    keepAlive: true, // a network that drops what rests tells nobody else
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: patience.any,
    ...clientLimit(patience.any),
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 15_000,
    application_name: "muster",
  });
  pool.on("release", (_error, client) => {
    (client as unknown as PoolClient).restsSince = Date.now();
  });
  // Without this a restart of PostgreSQL would end the process.
  pool.on("error", (error) => log().warn({ err: error }, "database connection lost"));
  return { pool, prisma: new PrismaClient({ adapter: new PrismaPg(pool) }) };
}

function database(): Database {
  here.musterDatabase ??= open();
  return here.musterDatabase;
}

/** The one pool of this process. */
export function pool(): pg.Pool {
  return database().pool;
}

/** A connection, to be released whatever happens. Throws a trouble when none is had within two seconds. */
export async function connect(): Promise<PoolClient> {
  return (await pool().connect()) as unknown as PoolClient;
}

/** Typed queries for pages, on the same pool. */
export function prisma(): PrismaClient {
  return database().prisma;
}

/** How many connections this process may have. */
export function poolSize(): number {
  return env().DATABASE_POOL;
}

/** How many connections there may be, are open, are in use, and how many requests wait for one. */
export function poolUse(): { size: number; open: number; used: number; waiting: number } {
  const { totalCount, idleCount, waitingCount, options } = pool();
  return { size: options.max, open: totalCount, used: totalCount - idleCount, waiting: waitingCount };
}

/** Ends the connections as they are given back. */
export async function closePool(): Promise<void> {
  await here.musterDatabase?.prisma.$disconnect();
  await here.musterDatabase?.pool.end();
}

/** Has a connection give its next statements this long: told along with them, and only where it was something else. */
export function limitTo(client: PoolClient, milliseconds: number): void {
  if (client.limit === milliseconds) return;
  client.limit = milliseconds;
  client.query(`SET statement_timeout = ${milliseconds}`).catch(() => {}); // a connection that can't is lost, as the statement will find
}
