import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "@/generated/prisma/client";
import { env } from "@/lib/env";
import { noteTrouble } from "@/lib/limits/time-limit";
import { log } from "@/lib/log";
import { watchSilence } from "./silence";
import { isOutdatedPlan, trouble } from "./trouble";

// The driver handles PostgreSQL's times; counts are numbers here.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Statement timeouts in milliseconds: for any statement, for lists, and for reads of one row by key. */
export const patience = { any: 10_000, list: 3_000, point: 1_000 } as const;

/** Extra milliseconds that the client waits. If not even the timeout error arrives by then, the connection is dead. */
const silence = 1_000;

/** The client's own limit for a statement; the driver then closes the connection. */
export function clientLimit(milliseconds: number): { query_timeout: number } {
  return { query_timeout: milliseconds + silence };
}

/** Milliseconds to wait for a connection, new or returned to the pool, before the request fails. */
const placeWithin = 2_000;

/**
 * Connections idle for longer than this many milliseconds are checked before use. Under load none are; `watchSilence` notices dead ones at
 * once.
 */
const restLimit = 50;

/** Milliseconds for that check, short enough to leave time for a new connection. */
const signOfLife = 1_000;

/** The pool's own limit for a new connection ends this many milliseconds earlier, because its error names the cause. */
const timerSlack = 20;

/** A connection that remembers why it can't be used any more. */
class Client extends pg.Client {
  private readonly openedAt = performance.now();
  /** Why it can't be used any more. */
  lost: Error | null = null;
  /** When it was returned to the pool, by `performance.now()`. */
  restsSince = 0;
  /** Its current statement timeout in milliseconds. */
  limit: number = patience.any;

  constructor(config?: pg.ClientConfig) {
    super(config);
    // First of all: an "error" event without a listener would end the process.
    this.on("error", (error) => {
      this.lost ??= error;
    });
    const { connection } = this as unknown as { connection: NodeJS.EventEmitter };
    connection.on("errorMessage", (error: pg.DatabaseError) => {
      if (!isOutdatedPlan(error)) return;
      this.lost ??= error;
      here.musterMigration = { at: performance.now(), error };
    });
  }

  /** The error that an older connection would get for its prepared statements since a migration; null for one opened after it. */
  whyOutdated(): Error | null {
    const { musterMigration: last } = here;
    return last && this.openedAt < last.at ? last.error : null;
  }
}

/** A connection from the pool. */
export type PoolClient = Client & { release: (error?: Error | boolean) => void };

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: pg.PoolClient["release"],
) => void;

/** A pool that checks idle connections before it hands them out. */
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
    const end = performance.now() + placeWithin;
    for (;;) {
      const client = await this.findPlace(end - performance.now()).catch((error: unknown) => {
        throw noteTrouble(error);
      });
      const error = await whySilent(client);
      if (error === null) return client as unknown as pg.PoolClient;
      client.release(error);
      if (performance.now() >= end) throw noteTrouble(trouble("unreachable", error));
    }
  }

  /** A connection within the given milliseconds. If it arrives later, it goes back to the pool. */
  private async findPlace(milliseconds: number): Promise<PoolClient> {
    const found = super.connect() as unknown as Promise<PoolClient>;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        found.then(
          (client) => client.release(),
          () => {},
        );
        reject(trouble("unreachable"));
      }, milliseconds + timerSlack);
    });
    return Promise.race([found, late]).finally(() => clearTimeout(timer));
  }
}

/** Checks an idle connection; returns the error that makes it unusable, or null. */
async function whySilent(client: PoolClient): Promise<Error | null> {
  const known = client.lost ?? client.whyOutdated();
  if (known) return known;
  if (client.restsSince === 0 || performance.now() - client.restsSince < restLimit) return null;
  try {
    await client.query({ text: "", query_timeout: signOfLife } as pg.QueryConfig);
    return null;
  } catch (error) {
    return error as Error;
  }
}

type Database = { pool: pg.Pool; prisma: PrismaClient; watch: { stop: () => void } };
const here = globalThis as {
  musterDatabase?: Database | undefined;
  /** The last sign that a migration changed what prepared statements return. */
  musterMigration?: { at: number; error: Error };
};

function open(): Database {
  const { DATABASE_URL, DATABASE_POOL } = env();
  const pool = new Pool({
    Client: Client as unknown as new () => pg.ClientBase,
    connectionString: DATABASE_URL,
    max: DATABASE_POOL,
    pipeline: true, // send the independent statements of a transaction together
    connectionTimeoutMillis: placeWithin,
    keepAlive: true, // detects a network that silently drops idle connections
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: patience.any,
    ...clientLimit(patience.any),
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 15_000,
    application_name: "muster",
  });
  pool.on("release", (_error, client) => {
    (client as unknown as PoolClient).restsSince = performance.now();
  });
  // Without this listener a restart of PostgreSQL would end the process.
  pool.on("error", ({ message, code }: Error & { code?: string }) =>
    log().warn({ code, reason: message }, "database connection lost"),
  );
  const clients = new Set<pg.PoolClient>();
  pool.on("connect", (client) => clients.add(client));
  pool.on("remove", (client) => clients.delete(client));
  const watch = watchSilence(clients, DATABASE_URL);
  return { pool, prisma: new PrismaClient({ adapter: new PrismaPg(pool) }), watch };
}

function database(): Database {
  here.musterDatabase ??= open();
  return here.musterDatabase;
}

/** The one pool of this process. */
export function pool(): pg.Pool {
  return database().pool;
}

/** Takes a connection, which the caller must release. Throws a DatabaseTrouble when none is available within two seconds. */
export async function connect(): Promise<PoolClient> {
  return (await pool().connect()) as unknown as PoolClient;
}

/** Typed queries for pages, on the same pool. */
export function prisma(): PrismaClient {
  return database().prisma;
}

/** The maximum number of connections of this process. */
function poolSize(): number {
  return env().DATABASE_POOL;
}

/** The pool's size, its open and used connections, and how many requests are waiting for one. */
export function poolUse(): { size: number; open: number; used: number; waiting: number } {
  const { totalCount, idleCount, waitingCount, options } = pool();
  return { size: options.max, open: totalCount, used: totalCount - idleCount, waiting: waitingCount };
}

/** Closes every connection as it returns to the pool. */
export async function closePool(): Promise<void> {
  here.musterDatabase?.watch.stop();
  await here.musterDatabase?.prisma.$disconnect();
  await here.musterDatabase?.pool.end();
}

/** Sets a connection's statement timeout (milliseconds) if it differs; sent together with the next statement. */
export function limitTo(client: PoolClient, milliseconds: number): void {
  if (client.limit === milliseconds) return;
  client.limit = milliseconds;
  client.query(`SET statement_timeout = ${milliseconds}`).catch(() => {}); // if it fails, the next statement fails as well
}

/** Connections that one workspace may hold at once, so that the others always find some. */
export const laneWidth = () => Math.max(1, Math.floor(poolSize() / 3));
