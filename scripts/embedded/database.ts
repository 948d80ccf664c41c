import pg from "pg";
import { codeOf } from "@/scripts/start-error";

/** The role that created the database server, and the application's role in it. */
export const superuser = "muster";
const applicationRole = "muster_app";

/** The application_name of this process: its own connections may linger for a moment after they end. */
const ownName = `muster-${process.pid}`;

/** The URLs of the database server at a socket: the application's database, the same as superuser, and PostgreSQL's own database. */
export function addresses(socket: string, name = "muster"): { url: string; ownerUrl: string; adminUrl: string } {
  const at = (role: string, database: string) =>
    `postgresql://${role}@localhost/${database}?host=${encodeURIComponent(socket)}&application_name=${ownName}`;
  return { url: at(applicationRole, name), ownerUrl: at(superuser, name), adminUrl: at(superuser, "postgres") };
}

export async function query<Row>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => {}); // the running query fails with it
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Another process was faster: duplicate_database, duplicate_object, unique_violation. */
const wasThere = new Set(["42P04", "42710", "23505"]);

async function unlessThere(url: string, text: string): Promise<void> {
  await query(url, text).catch((error: unknown) => {
    if (!wasThere.has(codeOf(error))) throw error;
  });
}

/** The server is starting or stopping, or another start is copying its template: it will soon be ready, or gone. */
export function isPassing(error: unknown): boolean {
  const message = error instanceof Error ? error.message : "";
  const isLost = /Connection terminated|timeout expired/.test(message);
  return isLost || /^(57P0[123]|55006|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE)$/.test(codeOf(error));
}

/** Creates the database and its owner role. A database older than this role is handed over to it with all its objects. */
export async function makeDatabase(adminUrl: string, url: string, name: string): Promise<void> {
  const find = `SELECT r.rolname AS owner FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = '${name}'`;
  const [known] = await query<{ owner: string }>(adminUrl, find);
  if (known?.owner === applicationRole) return;
  await unlessThere(
    adminUrl,
    `CREATE ROLE ${applicationRole} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS`,
  );
  if (known) await query(url, handOver(name));
  else await unlessThere(adminUrl, `CREATE DATABASE "${name}" OWNER ${applicationRole}`);
}

/** Whether processes other than this one are connected. A server that doesn't answer has no users. */
export async function othersUse(adminUrl: string): Promise<boolean> {
  const text = `SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> '${ownName}' LIMIT 1`;
  try {
    return (await query(adminUrl, text)).length > 0;
  } catch (error) {
    if (!isPassing(error) && codeOf(error) !== "3D000") throw error;
    return false;
  }
}

/** Hands everything that isn't PostgreSQL's own to the application's role, in one transaction. */
function handOver(name: string): string {
  const ours = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`;
  const notExtension = (catalog: string) =>
    `NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = o.oid AND e.deptype = 'e')`;
  return `DO $$
    DECLARE command text;
    BEGIN
      FOR command IN
        SELECT format('ALTER SCHEMA %I OWNER TO ${applicationRole}', n.nspname) FROM pg_namespace n WHERE ${ours} AND n.nspname <> 'public'
        UNION ALL
        -- A sequence of a column, an index and a row's type go with their table.
        SELECT format('ALTER TABLE %s OWNER TO ${applicationRole}', o.oid::regclass) FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace
        WHERE ${ours} AND o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ${notExtension("pg_class")}
          AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = o.oid AND d.deptype IN ('a', 'i') AND o.relkind = 'S')
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO ${applicationRole}', o.oid::regprocedure) FROM pg_proc o JOIN pg_namespace n ON n.oid = o.pronamespace
        WHERE ${ours} AND o.prokind <> 'a' AND ${notExtension("pg_proc")}
        UNION ALL
        SELECT format('ALTER TYPE %s OWNER TO ${applicationRole}', o.oid::regtype) FROM pg_type o JOIN pg_namespace n ON n.oid = o.typnamespace
        WHERE ${ours} AND o.typtype IN ('e', 'd', 'r') AND ${notExtension("pg_type")}
        UNION ALL
        SELECT 'ALTER DATABASE "${name}" OWNER TO ${applicationRole}'
      LOOP
        EXECUTE command;
      END LOOP;
    END $$`;
}
