import { createHash } from "node:crypto";
import type { Writable } from "node:stream";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "@/generated/prisma/client";
import { isUnknownOutcome, settleCommit, xidOf } from "./commit-outcome";
import { env } from "./env";
import { announce, inLane } from "./lanes";
import { log } from "./log";

/** A statement with its values; `name` makes PostgreSQL plan it once a connection. */
export type Statement = { name?: string; text: string; values: unknown[] };

const texts = new WeakMap<TemplateStringsArray, { name: string; text: string }>();

/** A fixed statement: sql`SELECT … WHERE id = ${id}`. Values travel as parameters, never as text. */
export function sql(strings: TemplateStringsArray, ...values: unknown[]): Statement {
  let known = texts.get(strings);
  if (!known) {
    const text = strings.reduce((all, part, index) => `${all}$${index}${part}`);
    known = { name: nameOf(text), text };
    texts.set(strings, known);
  }
  return { ...known, values };
}

/** Texts that were put together and got a name. Clients decide what filters there are, so there is an end to it. */
const named = new Map<string, string>();
const maxNamed = 500;

/** A statement whose text was put together, such as a compiled filter. The first 500 texts are prepared, the rest planned each time. */
export function statement(text: string, values: unknown[]): Statement {
  const known = named.get(text);
  if (known !== undefined) return { name: known, text, values };
  if (named.size >= maxNamed) return { text, values };
  const name = nameOf(text);
  named.set(text, name);
  return { name, text, values };
}

/** Two bundles share one pool, so names come from the text and not from a counter. */
function nameOf(text: string): string {
  return createHash("sha1").update(text).digest("base64url").slice(0, 20);
}

/** Work inside one transaction. */
export type Tx = {
  /** All rows of a statement. */
  all: <Row extends object>(statement: Statement) => Promise<Row[]>;
  /** The first row of a statement, or null. */
  one: <Row extends object>(statement: Statement) => Promise<Row | null>;
  /** How many rows a statement changed. */
  run: (statement: Statement) => Promise<number>;
  /**
   * A write of which nobody needs the outcome: it is sent without waiting, in order, and fails the transaction if it fails.
   * `told` hears before the end how many rows it wrote.
   */
  send: (statement: Statement, told?: (rows: number) => void) => void;
  /** Runs after the commit, never after a rollback. */
  afterCommit: (work: () => void) => void;
  /** The raw client, for the job queue's own statements. */
  client: pg.PoolClient;
};

type Database = {
  pool: pg.Pool;
  prisma: PrismaClient;
  /** The connection that point reads share, once there is one. */
  shared: Promise<pg.PoolClient> | null;
};
const here = globalThis as {
  musterDatabase?: Database;
  musterQueues?: Map<string, Task[]>;
  musterWake?: (queue: "statistics") => void;
};

// Times as PostgreSQL writes them are the driver's business; counts are numbers here.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Connections of this process. */
const poolSize = 12;

/** Connections that one workspace may hold at once: whatever it asks, others find some. */
const laneWidth = Math.max(1, Math.floor(poolSize / 3));

/** Milliseconds that a statement may take: anything, and the read of a list. */
const patience = { any: 10_000, list: 3_000 };

function open(): Database {
  const pool = new pg.Pool({
    connectionString: env().DATABASE_URL,
    max: poolSize,
    pipeline: true, // statements of a transaction that do not wait for each other travel together
    connectionTimeoutMillis: 5_000,
    statement_timeout: patience.any,
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 15_000,
    application_name: "muster",
  });
  // Without this a restart of PostgreSQL would end the process.
  pool.on("error", (error) => log().warn({ err: error }, "database connection lost"));
  return { pool, prisma: new PrismaClient({ adapter: new PrismaPg(pool) }), shared: null };
}

function database(): Database {
  here.musterDatabase ??= open();
  return here.musterDatabase;
}

/** The one pool of this process. */
export function pool(): pg.Pool {
  return database().pool;
}

/** Typed queries for pages, on the same pool. */
export function prisma(): PrismaClient {
  return database().prisma;
}

/** Closes for good: whoever asks afterwards gets an error instead of a new connection. */
export async function closeDatabase(): Promise<void> {
  const shared = await here.musterDatabase?.shared?.catch(() => null);
  shared?.removeAllListeners("error"); // given back by us, so it can't be given back for being lost as well
  shared?.release();
  await here.musterDatabase?.prisma.$disconnect();
  await here.musterDatabase?.pool.end();
}

/** What a connection gives its statements, where it is not what the pool opens it with. */
const limits = new WeakMap<pg.PoolClient, number>();

/** Has a connection give its next statements this long: told along with them, and only where it was something else. */
function limitTo(client: pg.PoolClient, milliseconds: number): void {
  if ((limits.get(client) ?? patience.any) === milliseconds) return;
  limits.set(client, milliseconds);
  client.query(`SET statement_timeout = ${milliseconds}`).catch(() => {}); // a connection that can't is lost, as the statement will find
}

/** Runs one statement on a connection of its own. */
async function ask<Row extends pg.QueryResultRow>(
  query: Statement,
  milliseconds: number,
): Promise<pg.QueryResult<Row>> {
  const client = await pool().connect();
  let broken: Error | undefined;
  const lost = (error: Error) => {
    broken = error;
  };
  client.on("error", lost);
  try {
    limitTo(client, milliseconds);
    return await client.query<Row>(query);
  } finally {
    client.off("error", lost);
    client.release(broken);
  }
}

/** All rows of one statement, outside a transaction. */
export async function all<Row extends object>(query: Statement): Promise<Row[]> {
  return (await ask<Row & pg.QueryResultRow>(query, patience.any)).rows;
}

/**
 * All rows of a statement that reads a list of a workspace. It waits in the workspace's lane, and what takes longer than three seconds
 * is given up (57014): nobody pays for what another one asks. Throws Busy.
 */
export function list<Row extends object>(workspaceId: string, query: Statement): Promise<Row[]> {
  return inLane(workspaceId, laneWidth, async () => (await ask<Row & pg.QueryResultRow>(query, patience.list)).rows);
}

/** True when a statement was given up because it took too long. */
export function isTooSlow(error: unknown): boolean {
  return (error as { code?: string } | null)?.code === "57014";
}

/** The first row of one statement, or null. */
export async function one<Row extends object>(query: Statement): Promise<Row | null> {
  return (await all<Row>(query))[0] ?? null;
}

/**
 * All rows of a statement that reads a row by a unique key. Such reads share one connection and travel together: what comes in at the
 * same moment is one write to the socket and one answer. Nothing slow may go this way, for the next one waits behind it.
 */
export async function point<Row extends object>(query: Statement): Promise<Row[]> {
  const client = await sharedClient();
  holdWrites(client);
  return (await client.query<Row & pg.QueryResultRow>(query)).rows;
}

const held = new WeakSet<pg.PoolClient>();

/** Keeps what is sent until everything that came in with this turn of the event loop is in it, too. */
function holdWrites(client: pg.PoolClient): void {
  const { stream } = (client as pg.PoolClient & { connection?: { stream?: Partial<Writable> } }).connection ?? {};
  if (!stream?.cork || held.has(client)) return;
  held.add(client);
  stream.cork();
  setImmediate(() => {
    held.delete(client);
    stream.uncork?.();
  });
}

function sharedClient(): Promise<pg.PoolClient> {
  const known = database();
  known.shared ??= connectShared(known).catch((error: unknown) => {
    known.shared = null;
    throw error;
  });
  return known.shared;
}

/** Taken from the pool for good; given up when it is lost, so that the next read takes another. */
async function connectShared(known: Database): Promise<pg.PoolClient> {
  const client = await known.pool.connect();
  await client.query(`SET ${planOnce}`);
  client.once("error", (error) => {
    log().warn({ err: error }, "database connection lost");
    known.shared = null;
    client.release(error);
  });
  return client;
}

/** Runs one statement and says how many rows it changed. */
export async function run(query: Statement): Promise<number> {
  return (await ask(query, patience.any)).rowCount ?? 0;
}

/**
 * What is found by its key is planned once, whatever the values are. Left to itself PostgreSQL plans such statements anew each time
 * where it takes a list to be shorter than usual, and planning them takes longer than running them.
 */
const planOnce = "plan_cache_mode = force_generic_plan";
const begin = `BEGIN; SET LOCAL ${planOnce}; SELECT pg_current_xact_id()::text AS xid`;

/** Tries of a transaction that another one made impossible: deadlock, serialisation (F05). */
const maxTries = 3;

/** Works that share one transaction at most. */
const maxTogether = 16;

type Work<Result> = (tx: Tx) => Promise<Result>;

type Task = {
  work: Work<unknown>;
  together: boolean;
  /** The workspace whose lane it takes a place in, or null. */
  lane: string | null;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
};

/**
 * One transaction, all or nothing. Work with the same `key` waits its turn here, before it takes a
 * connection: callers that queue for one row's lock would otherwise hold the whole pool. `work` may run again
 * after a deadlock, so it must not keep anything of a run that failed. Works that wait `together` share a transaction, each behind
 * a savepoint of its own: one commit for all, and what one of them refuses is nothing to the others. `lane` is the workspace that it is
 * done for: it takes a place in its lane. Throws Busy.
 */
export async function inTransaction<Result>(
  key: string,
  work: Work<Result>,
  together = false,
  lane: string | null = null,
): Promise<Result> {
  const end = lane === null ? null : announce(lane);
  try {
    return await queued(key, work, together, lane);
  } finally {
    end?.();
  }
}

function queued<Result>(key: string, work: Work<Result>, together: boolean, lane: string | null): Promise<Result> {
  here.musterQueues ??= new Map();
  const queues = here.musterQueues;
  return new Promise<Result>((resolve, reject) => {
    const task: Task = { work, together, lane, resolve: resolve as Task["resolve"], reject };
    const waiting = queues.get(key);
    if (waiting) waiting.push(task);
    else {
      const queue = [task];
      queues.set(key, queue);
      void drain(queue, () => queues.delete(key));
    }
  });
}

/** Runs what waits, in order, until nothing does; `end` in the same breath as the last look. */
async function drain(queue: Task[], end: () => void): Promise<void> {
  for (let next = queue[0]; next; next = queue[0]) {
    const alone = queue.findIndex((task) => !task.together);
    const count = next.together ? Math.min(alone < 0 ? queue.length : alone, maxTogether) : 1;
    const batch = queue.slice(0, count);
    await inTurn(next.lane, () => runBatch(batch)).catch((error: unknown) => {
      for (const { reject } of batch) reject(error); // of works that have been answered, nobody hears this
    });
    queue.splice(0, count); // only now: who comes meanwhile must find the queue and wait
  }
  end();
}

function inTurn(lane: string | null, work: () => Promise<void>): Promise<void> {
  return lane === null ? work() : inLane(lane, laneWidth, work, true);
}

async function runBatch(batch: Task[]): Promise<void> {
  const isDone = batch.length > 1 && (await runTogether(batch));
  if (!isDone) for (const task of batch) await runAlone(task);
}

async function runAlone({ work, resolve, reject }: Task): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return resolve(await transact(work));
    } catch (error) {
      if (tries === maxTries || !isPassing(error)) return reject(error);
    }
  }
}

async function transact<Result>(work: Work<Result>): Promise<Result> {
  const session = await openSession();
  try {
    session.begin();
    const result = await work(session.tx);
    await session.commit();
    return result;
  } catch (error) {
    throw await session.rollback(error);
  } finally {
    session.release();
  }
}

/** Several works in one transaction. False when the database refused any of it: nothing was done, and each is to run alone. */
async function runTogether(batch: Task[]): Promise<boolean> {
  const session = await openSession().catch(() => null);
  if (session === null) return false;
  try {
    session.begin();
    const outcomes: PromiseSettledResult<unknown>[] = [];
    for (const { work } of batch) outcomes.push(await behindSavepoint(session, work));
    await session.commit();
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === "fulfilled") batch[index]?.resolve(outcome.value);
      else batch[index]?.reject(outcome.reason);
    }
    return true;
  } catch (error) {
    await session.rollback(error);
    if (!isUnknownOutcome(error)) return false;
    for (const { reject } of batch) reject(error);
    return true; // run again, it might be done twice
  } finally {
    session.release();
  }
}

/** A work that can be undone by itself. Throws what the database has refused: then nothing that follows would be heard. */
async function behindSavepoint(session: Session, work: Work<unknown>): Promise<PromiseSettledResult<unknown>> {
  const mark = session.mark();
  session.send("SAVEPOINT work");
  try {
    const value = await work(session.tx);
    session.send("RELEASE SAVEPOINT work");
    return { status: "fulfilled", value };
  } catch (error) {
    if (isDatabaseError(error)) throw error;
    session.send("ROLLBACK TO SAVEPOINT work");
    session.forget(mark);
    return { status: "rejected", reason: error };
  }
}

/** An error that came from PostgreSQL or from the way there: it has a code, which a refusal has not. */
function isDatabaseError(error: unknown): boolean {
  return typeof (error as { code?: unknown } | null)?.code === "string";
}

/** Commits since the worker was last asked to look whether tables have grown, and when that was. */
const growth = { commits: 0, askedAt: 0 };

/** Under many writes the worker is asked every two seconds; a few of them grow nothing. */
function noteCommit(): void {
  growth.commits += 1;
  if (growth.commits < 50 || Date.now() - growth.askedAt < 2_000) return;
  Object.assign(growth, { commits: 0, askedAt: Date.now() });
  here.musterWake?.("statistics");
}

type Send = (query: Statement | string, told?: (rows: number) => void) => void;

/** A connection in a transaction, with what was sent on it and what is to run after its commit. */
type Session = {
  tx: Tx;
  begin: () => void;
  send: Send;
  /** How much is to run after the commit so far. */
  mark: () => number;
  /** Drops what was to run after the commit since a mark. */
  forget: (mark: number) => void;
  /** Throws UnknownOutcome when the answer was lost and nobody can tell what became of it. */
  commit: () => Promise<void>;
  /** Undoes everything; returns the error that came first. */
  rollback: (error: unknown) => Promise<unknown>;
  release: () => void;
};

async function openSession(): Promise<Session> {
  const client = await pool().connect();
  const after: (() => void)[] = [];
  const sent: Promise<unknown>[] = [];
  /** Sends without waiting; a failure is told at the end, before that of anything that followed from it. */
  const send: Send = (query, told) => {
    holdWrites(client);
    const answered = client.query(query);
    const outcome = told ? answered.then(({ rowCount }) => told(rowCount ?? 0)) : answered;
    outcome.catch(() => {}); // it is awaited below
    sent.push(outcome);
  };
  let broken: Error | undefined;
  // The pool listens only to connections that nobody holds: lost in a transaction without this, one would end the process.
  const lost = (error: Error) => {
    broken = error;
  };
  client.on("error", lost);
  let xid: string | null = null;
  return {
    tx: asTx(client, after, send),
    begin: () => {
      limitTo(client, patience.any);
      const started = client.query(begin).then((results) => {
        xid = xidOf(results);
      });
      started.catch(() => {}); // it is awaited with the rest
      sent.push(started);
    },
    send,
    mark: () => after.length,
    forget: (mark) => after.splice(mark),
    commit: async () => {
      send("COMMIT");
      await Promise.all(sent).catch((error: unknown) =>
        settleCommit(error, xid, (text, values) => pool().query(text, values)),
      );
      for (const next of after) next();
      noteCommit();
    },
    rollback: async (error) => {
      const first = (await Promise.allSettled(sent)).find((outcome) => outcome.status === "rejected");
      await client.query("ROLLBACK").catch(lost); // a connection that can't roll back is not given back to the pool
      return isUnknownOutcome(error) ? error : (first?.reason ?? error);
    },
    release: () => {
      client.off("error", lost);
      client.release(broken);
    },
  };
}

const taken = ["User_emailKey_key", "Membership_userName_key"];

/** What another transaction made impossible, and will not again: a deadlock, or an account or a name that it took first. */
function isPassing(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: string };
  return code === "40P01" || code === "40001" || taken.some((index) => isUniqueViolation(error, index));
}

function asTx(client: pg.PoolClient, after: (() => void)[], send: Tx["send"]): Tx {
  const all = async <Row extends object>(query: Statement) => {
    holdWrites(client);
    return (await client.query<Row & pg.QueryResultRow>(query)).rows as Row[];
  };
  return {
    all,
    one: async <Row extends object>(query: Statement) => (await all<Row>(query))[0] ?? null,
    run: async (query) => (await client.query(query)).rowCount ?? 0,
    send,
    afterCommit: (work) => after.push(work),
    client,
  };
}

/** True when `error` is PostgreSQL's unique violation, of the named index if one is given. */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  const { code, constraint } = (error ?? {}) as { code?: string; constraint?: string };
  return code === "23505" && (index === undefined || constraint === index);
}
