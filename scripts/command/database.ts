import type pg from "pg";
import { closeDatabase } from "@/lib/db";
import { env } from "@/lib/env";
import { whySecretIsWrong } from "@/lib/process/installation";
import { adoptSettings, findServer, isGone, type Server } from "@/lib/process/server-record";
import { migrate } from "@/scripts/database/migrate";
import { makeDataFolder } from "@/scripts/embedded/folder";
import { type EmbeddedPostgres, openEmbeddedPostgres } from "@/scripts/embedded/postgres";
import { keptSecret } from "@/scripts/embedded/secret";
import { StartError } from "@/scripts/start-error";

/** Seconds that a command waits while another process changes tables. */
const patience = 10;

/**
 * Runs a command on the configured database, or on the embedded one, which it starts if it isn't running. `server` is the one that runs
 * there, or the last one that did. Throws StartError if the command must not run, because a server of another version is running, or, if it
 * `seals`, one with another secret.
 */
export async function inDatabase<Result>(
  seals: boolean,
  command: (server: Server | null) => Promise<Result>,
): Promise<Result> {
  const embedded = await openDatabase();
  if (embedded) releaseOnSignal(embedded);
  try {
    await migrate(env().DATABASE_URL, { seconds: patience, whyNot: whyServed });
    const server = await findServer();
    if (server) adoptSettings(server);
    const why = seals ? await whySecretIsWrong() : null;
    if (why !== null) throw new StartError(why);
    return await command(server);
  } finally {
    await closeDatabase();
    await embedded?.release();
  }
}

async function openDatabase(): Promise<EmbeddedPostgres | null> {
  if (process.env.DATABASE_URL) return null;
  const folder = makeDataFolder(process.env.MUSTER_DATA_DIR || ".data");
  process.env.MUSTER_SECRET ||= keptSecret(folder);
  const embedded = await openEmbeddedPostgres(folder);
  process.env.DATABASE_URL = embedded.url;
  return embedded;
}

/** A database that was started only for this command must stop with it. */
function releaseOnSignal(embedded: EmbeddedPostgres): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => void embedded.releaseAtOnce().finally(() => process.exit(130)));
  }
}

type Serving = { host: string; pid: number; startedAt: string };

/** Why a command must not change the tables: an older version is still using them. */
async function whyServed(client: pg.Client): Promise<string | null> {
  const table = await client.query<{ name: string | null }>(`SELECT to_regclass('"Server"')::text AS name`);
  if (table.rows[0]?.name == null) return null; // no server has run yet
  const { rows } = await client.query<Serving>(
    `SELECT process->>'host' AS host, (process->>'pid')::int AS pid, to_char("startedAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS "startedAt"
     FROM "Server" WHERE "stoppedAt" IS NULL AND "seenAt" > now() - interval '3 minutes'`,
  );
  const serving = rows.find((server) => !isGone(server));
  if (!serving) return null;
  const { host, pid, startedAt } = serving;
  return `An older version of Muster serves on this database (pid ${pid} on ${host}, since ${startedAt} UTC), and this command would change its tables. Run the command of that version, or stop it, start this version, and run the command again.`;
}
