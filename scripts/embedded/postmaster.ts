import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, reasonOf, StartError } from "@/scripts/start-error";
import { worksOn } from "./elsewhere";
import { makeSocketFolder, ownSocketFolder } from "./folder";
import { lastError, sizeOf } from "./last-error";
import { ids, type Runner } from "./programs";

/** A database server running on a folder. */
export type Postmaster = {
  /** Null if it runs in another container that shares the folder. */
  pid: number | null;
  ready: boolean;
  socket: string;
};

/** Parameters for starting a database server. */
export type Place = { folder: string; socket: string; log: string; postgres: string; who: Runner };

type PidFile = { pid: number; socket: string; ready: boolean };

function readPidFile(folder: string): PidFile | null {
  try {
    const lines = readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n");
    return { pid: Number(lines[0]), socket: lines[4]?.trim() ?? "", ready: lines[7]?.trim() === "ready" };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw new StartError(`The pid file of the database in ${folder} can't be read (${reasonOf(error)}).`);
  }
}

/** Whether a process on this machine is this folder's database server: the pid file survives a kill, and pids are reused. */
function runsOn(folder: string, pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false; // incomplete pid file
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== "EPERM") return false;
  }
  if (process.platform !== "linux") return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder; // PostgreSQL's working directory; a zombie has none
  } catch (error) {
    return codeOf(error) === "EACCES" && isPostgres(pid);
  }
}

function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("postgres");
  } catch {
    return false; // it has ended in the meantime
  }
}

/** The server running on this folder, judging by the processes of this machine. */
export function postmaster(folder: string): (Postmaster & { pid: number }) | null {
  const file = readPidFile(folder);
  return file && runsOn(folder, file.pid) ? file : null;
}

/** The server running on this folder, including one in another container, whose process is invisible from here. */
export async function findPostmaster(folder: string): Promise<Postmaster | null> {
  const here = postmaster(folder);
  // Outside Linux, a process's working directory is unknown, and its pid may have been reused.
  const isCertain = process.platform === "linux" || !here?.ready;
  if (here && (isCertain || (await worksOn(folder, here.socket)))) return here;
  const file = readPidFile(folder);
  return file && (await worksOn(folder, file.socket)) ? { pid: null, ready: true, socket: file.socket } : null;
}

export function socketPath(folder: string): string {
  return join(folder, ".s.PGSQL.5432");
}

/**
 * PostgreSQL trusts a pid file whose pid belongs to any process. Once it is certain that this process is not a database server, and that
 * the server which wrote the file is completely gone, the file is removed.
 */
function removeStalePidFile(folder: string): void {
  if (process.platform !== "linux" || !readPidFile(folder)) return;
  const working = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && runsOn(folder, Number(name)));
  if (working.length === 0) rmSync(join(folder, "postmaster.pid"), { force: true });
}

type Launched = { child: ChildProcess; hasEnded: () => boolean; why: () => string | null };

/**
 * PostgreSQL's log, which nobody truncates, contains only messages about the server: failed statements contain people's data, and Muster
 * logs those itself.
 */
const quiet = ["log_min_messages=log", "log_checkpoints=off"];

/** Starts postgres detached, so that neither Ctrl-C nor our own exit cuts off running requests. */
function launch({ folder, socket, log, postgres, who }: Place): Launched {
  ownSocketFolder(makeSocketFolder(socket), who);
  const handle = openLog(log);
  const settings = [...quiet, "listen_addresses=", `unix_socket_directories=${socket}`, "unix_socket_permissions=0700"];
  const [program = postgres, ...before] = [...who.prefix, postgres];
  const child = spawn(program, [...before, "-D", folder, ...settings.flatMap((setting) => ["-c", setting])], {
    ...ids(who),
    cwd: "/",
    detached: true,
    stdio: ["ignore", handle, handle],
  });
  closeSync(handle);
  let failure: string | null = null;
  child.on("error", (error) => {
    failure = reasonOf(error);
  });
  child.unref();
  const hasEnded = () => failure !== null || child.exitCode !== null || child.signalCode !== null;
  return { child, hasEnded, why: () => failure };
}

function openLog(log: string): number {
  try {
    return openSync(log, "a", 0o600);
  } catch (error) {
    throw new StartError(`PostgreSQL's log ${log} can't be written (${reasonOf(error)}): fix its rights or remove it.`);
  }
}

/** PostgreSQL doesn't start on this folder; the message is its own reason. */
export class DoesNotStart extends StartError {}

/** How often a start is retried: a zombie of a killed server, or its remaining workers, only delay it. */
const maxTries = 20;

/** PostgreSQL's messages if another server is there, or was a moment ago. Any other reason would be the same on the next try. */
const another = /lock file|shared memory block|another (postmaster|server)/;

/**
 * Starts the database server of a folder, or adopts the running one. Two simultaneous starts result in one server. Throws DoesNotStart;
 * after `signal` it ends what it has started, and throws as well.
 */
export async function bringUp(place: Place, signal: AbortSignal): Promise<Postmaster> {
  const { folder, log } = place;
  const from = sizeOf(log);
  let why: string | null = null;
  for (let tried = 0; tried < maxTries; tried++) {
    const known = await findPostmaster(folder);
    const { running, failure } = await (known ? adopt(known, folder, signal) : launchOnce(place, signal));
    if (running) return running;
    why = lastError(log, from) ?? failure ?? null;
    if (tried >= 2 && why !== null && !another.test(why)) break;
    await sleep(250, undefined, { signal });
  }
  const line = why ?? `the last lines of ${log} say why`;
  throw new DoesNotStart(`The embedded database in ${folder} does not start: ${line}.`);
}

type Outcome = { running: Postmaster | null; failure?: string | null };

async function adopt(known: Postmaster, folder: string, signal: AbortSignal): Promise<Outcome> {
  if (known.ready) return { running: known };
  return { running: await untilReady(folder, () => postmaster(folder) === null, signal) };
}

async function launchOnce(place: Place, signal: AbortSignal): Promise<Outcome> {
  removeStalePidFile(place.folder);
  const launched = launch(place);
  const running = await untilReady(place.folder, launched.hasEnded, signal);
  if (signal.aborted && !running) await endLaunched(launched);
  return { running, failure: launched.why() };
}

async function endLaunched(launched: Launched): Promise<void> {
  launched.child.kill("SIGINT");
  for (const end = Date.now() + 3_000; Date.now() < end && !launched.hasEnded(); ) await sleep(20);
}

/** Waits up to half a minute for this folder's database; null as soon as its process has ended. */
async function untilReady(folder: string, hasEnded: () => boolean, signal: AbortSignal): Promise<Postmaster | null> {
  for (const end = Date.now() + 30_000; Date.now() < end && !hasEnded() && !signal.aborted; await sleep(20)) {
    const found = postmaster(folder);
    if (found?.ready) return found;
  }
  const found = signal.aborted ? null : postmaster(folder);
  return found?.ready ? found : null;
}

/** Stops a database server fast, rolling back running transactions, and waits at most thirty seconds for its end. */
export async function stopPostmaster(folder: string): Promise<void> {
  const running = postmaster(folder);
  if (!running) return;
  signalPostmaster(running.pid);
  for (const end = Date.now() + 30_000; Date.now() < end && postmaster(folder)?.pid === running.pid; ) await sleep(20);
}

export function signalPostmaster(pid: number): void {
  try {
    process.kill(pid, "SIGINT");
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error; // it has ended on its own
  }
}
