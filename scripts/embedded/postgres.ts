import { chmodSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, StartError } from "@/scripts/start-error";
import { removeAsides } from "./aside";
import { addresses, isPassing, makeDatabase, othersUse } from "./database";
import {
  checkOwner,
  databaseFolder,
  makeDataFolder,
  own,
  ownSocketFolder,
  removeEmptyFolder,
  socketFolder,
} from "./folder";
import { discard, hasNoData, initialise, stateOf } from "./initialise";
import {
  bringUp,
  DoesNotStart,
  findPostmaster,
  type Place,
  postmaster,
  signalPostmaster,
  stopPostmaster,
} from "./postmaster";
import { ids, type Programs, programs, type Runner, runner } from "./programs";
import { watch } from "./watch";

/** The embedded PostgreSQL of one data folder. */
export type EmbeddedPostgres = {
  /** The application's connection: a role that owns its database and is no superuser. */
  url: string;
  /** The superuser's connection, which creates databases. */
  adminUrl: string;
  /** From now on, restarts it whenever it ends. */
  watch: () => void;
  /** Stops the database unless another Muster process still uses it. */
  release: () => Promise<void>;
  /** Stops it like `release`, but waits neither for its end nor for other processes that exit at the same time. */
  releaseAtOnce: () => Promise<void>;
};

/** Milliseconds that the process which started the database waits for others that exit at the same time. */
const startersPatience = 1_000;

/** How often a start is retried: another process may be creating, starting or stopping the same database. */
const maxTries = 20;

/**
 * The database of this data folder: created on first use, started if it isn't running, adopted if it is. `name` is the database inside it.
 * After `signal` it gives up, and ends what it has started. Throws StartError with a line for the operator.
 */
export async function openEmbeddedPostgres(
  dataFolder: string,
  name = "muster",
  signal: AbortSignal = new AbortController().signal,
): Promise<EmbeddedPostgres> {
  const data = makeDataFolder(dataFolder);
  const folder = databaseFolder(data);
  const isOurs = !(await findPostmaster(folder));
  const place = await open(data, folder, name, signal).catch(async (error: unknown) => {
    if (isOurs) await stopUnused(folder);
    throw error;
  });
  removeAsides(folder);
  const { url, adminUrl } = addresses(place.socket, name);
  let watched: ReturnType<typeof watch> | null = null;
  return {
    url,
    adminUrl,
    watch: () => {
      watched ??= watch(place);
    },
    release: async () => {
      await watched?.stop();
      await release(place, adminUrl, isOurs ? startersPatience : 0);
    },
    releaseAtOnce: async () => {
      void watched?.stop();
      const running = postmaster(folder);
      if (running && !(await othersUse(adminUrl))) signalPostmaster(running.pid);
    },
  };
}

/** After a failed or aborted start, stops the server unless another process is using it. */
async function stopUnused(folder: string): Promise<void> {
  const running = postmaster(folder);
  if (running && !(await othersUse(addresses(running.socket).adminUrl))) await stopPostmaster(folder);
}

/** Creates, starts and prepares it, with retries in case other processes do the same. */
async function open(data: string, folder: string, name: string, signal: AbortSignal): Promise<Place> {
  const all = programs();
  const socket = once(() => socketFolder(data));
  const tries = tryToOpen(data, folder, all, name, socket.get, signal);
  const place = await tries.catch((error: unknown) => {
    removeSocketFolder(socket.known(), data);
    throw error;
  });
  if (place.socket !== socket.known()) removeSocketFolder(socket.known(), data); // another process's socket is used
  return place;
}

async function tryToOpen(
  data: string,
  folder: string,
  all: Programs,
  name: string,
  socket: () => string,
  signal: AbortSignal,
): Promise<Place> {
  let mayDiscard = true;
  for (let tries = 1; ; tries++) {
    try {
      const place = await start(data, folder, all, socket, signal);
      const { ownerUrl, adminUrl } = addresses(place.socket, name);
      await makeDatabase(adminUrl, ownerUrl, name);
      return place;
    } catch (error) {
      signal.throwIfAborted();
      const isAgain = mayDiscard && (await discardUnfinished(folder, error));
      if (isAgain) mayDiscard = false;
      else if (error instanceof StartError || !isPassing(error) || tries === maxTries) throw asStartError(error);
      await sleep(100);
    }
  }
}

function once(make: () => string): { get: () => string; known: () => string | null } {
  let made: string | null = null;
  const get = () => {
    made ??= make();
    return made;
  };
  return { get, known: () => made };
}

/** Removes a socket folder in the temp directory, which was created for one start. */
function removeSocketFolder(socket: string | null, data: string): void {
  if (socket !== null && !socket.startsWith(`${data}/`)) removeEmptyFolder(socket);
}

function asStartError(error: unknown): unknown {
  if (error instanceof StartError || codeOf(error) === "") return error;
  return new StartError(`The embedded database can't be used (${codeOf(error)}: ${(error as Error).message}).`);
}

/**
 * Removes a database server that was killed while it was being created: it doesn't start, or PostgreSQL's own first database, which is
 * created last, is missing. Does so only if it certainly never held anybody's data.
 */
async function discardUnfinished(folder: string, error: unknown): Promise<boolean> {
  const isUnfinished = error instanceof DoesNotStart || codeOf(error) === "3D000";
  if (!isUnfinished || !hasNoData(folder)) return false;
  await stopPostmaster(folder);
  if (await findPostmaster(folder)) return false;
  discard(folder);
  return true;
}

async function start(
  data: string,
  folder: string,
  all: Programs,
  socket: () => string,
  signal: AbortSignal,
): Promise<Place> {
  const who = runner();
  const place = { folder, log: join(data, "postgres.log"), postgres: all.postgres, who };
  const known = await findPostmaster(folder);
  if (known?.ready) return { ...place, socket: known.socket };
  checkOwner(folder, who);
  const ours = socket();
  // Another account must be able to reach its own folder; the rest of the data folder stays closed to it.
  if (ids(who).uid !== undefined) chmodSync(data, 0o711);
  ownSocketFolder(ours, who);
  if (!known) await prepare(folder, all, who, signal);
  const running = await bringUp({ ...place, socket: ours }, signal);
  return { ...place, socket: running.socket };
}

async function prepare(folder: string, all: Programs, who: Runner, signal: AbortSignal): Promise<void> {
  if (stateOf(folder, all.major) === "unfinished") discard(folder);
  if (stateOf(folder, all.major) === "nothing") await initialise(folder, all, who, signal);
  own(folder, who);
}

/** Fast stop if no other process is connected, so that the last one to exit stops the database. */
async function release({ folder, socket, log }: Place, adminUrl: string, patience: number): Promise<void> {
  const running = postmaster(folder);
  if (!running) return;
  for (const end = Date.now() + patience; await othersUse(adminUrl); await sleep(50)) if (Date.now() >= end) return;
  await stopPostmaster(folder);
  removeSocketFolder(socket, dirname(log));
}
