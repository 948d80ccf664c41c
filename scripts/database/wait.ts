import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { StartError } from "@/scripts/start-error";
import { databaseLine, whyNotNow } from "./errors";

/** The oldest supported PostgreSQL. */
const oldest = 15;

/** In milliseconds: the limit of one attempt, the pause between two, and the interval of progress lines. */
const patience = 5_000;
const pause = 500;
const lineEvery = 5_000;

export type Fitness = {
  /** As in server_version_num: 150004, 180000. */
  version: number;
  encoding: string;
  isStandby: boolean;
  isReadOnly: boolean;
  /** The schema in which tables are created; null if there is none. */
  schema: string | null;
  mayCreate: boolean;
  role: string;
};

/** Why a database can't hold Muster's tables, and what to do; null if it can. */
export function whyUnfit(fitness: Fitness): string | null {
  const { version, encoding, schema, role } = fitness;
  if (version < oldest * 10_000)
    return `It runs PostgreSQL ${Math.floor(version / 10_000)}, and Muster needs ${oldest} or newer: upgrade it.`;
  if (encoding !== "UTF8")
    return `Its encoding is ${encoding}, and names of people need UTF8: create it with ENCODING 'UTF8' TEMPLATE template0.`;
  if (schema === null)
    return `User ${role} finds no schema in it: create one, such as public, and grant USAGE and CREATE on it to ${role}.`;
  if (!fitness.mayCreate)
    return `User ${role} may make no tables in schema ${schema}: GRANT CREATE ON SCHEMA "${schema}" TO "${role}".`;
  return null;
}

const ask = `
  SELECT current_setting('server_version_num')::int AS version, pg_encoding_to_char(d.encoding) AS encoding,
    pg_is_in_recovery() AS "isStandby", current_setting('default_transaction_read_only') = 'on' AS "isReadOnly", current_schema() AS schema,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate", current_user AS role
  FROM pg_database d WHERE d.datname = current_database()`;

/** Reads the facts about a database. */
async function examine(url: string): Promise<Fitness> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: patience,
    query_timeout: patience,
    keepAlive: true,
  });
  client.on("error", () => {}); // the pending call fails with it
  await client.connect();
  try {
    const [fitness] = (await client.query<Fitness>(ask)).rows;
    if (!fitness) throw new Error("no answer");
    return fitness;
  } finally {
    await Promise.race([client.end(), sleep(1_000, undefined, { ref: false })]); // an unresponsive one doesn't close cleanly
  }
}

/** Null once the database can be used; else the reason, in words. Throws StartError if waiting doesn't help. */
async function whyWait(url: string, name: string): Promise<{ why: string; error: unknown } | null> {
  try {
    const fitness = await examine(url);
    const unfit = whyUnfit(fitness);
    if (unfit !== null) throw new StartError(`${name} can't be used. ${unfit}`);
    if (!fitness.isStandby && !fitness.isReadOnly) return null;
    throw Object.assign(new Error("read-only"), { code: "25006" }); // it may be a standby that is about to become primary
  } catch (error) {
    if (error instanceof StartError) throw error;
    const why = whyNotNow(error);
    if (why === null) throw new StartError(databaseLine(error, url, name));
    return { why, error };
  }
}

export type Waiting = {
  url: string;
  /** The database's name in messages for the operator. */
  name: string;
  seconds: number;
  print: (line: string) => void;
  signal: AbortSignal;
};

/**
 * Waits for a database that doesn't answer, is starting, has no free connection or is read-only, and prints a line every five seconds.
 * Throws StartError when the time is over, or at once if waiting doesn't help, and the reason that `signal` aborts with.
 */
export async function waitForDatabase({ url, name, seconds, print, signal }: Waiting): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (let printedAt = 0; ; await sleep(pause, undefined, { signal })) {
    const waits = await whyWait(url, name);
    signal.throwIfAborted();
    if (!waits) return;
    if (Date.now() + pause > end) throw new StartError(databaseLine(waits.error, url, name));
    if (Date.now() - printedAt < lineEvery) continue;
    print(`Waiting for the database: ${waits.why}.`);
    printedAt = Date.now();
  }
}
