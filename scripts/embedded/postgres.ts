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
  /** As the application connects: a role that owns its database and is no superuser. */
  url: string;
  /** As the superuser of this database server, who makes databases. */
  adminUrl: string;
  /** From now on it is started again whenever it ends. */
  watch: () => void;
  /** Stops the database unless another Muster process still uses it. */
  release: () => Promise<void>;
  /** The same without waiting for its end, nor for others who leave at the same time. */
  releaseAtOnce: () => Promise<void>;
};

/** Milliseconds that the process which started the database waits for others that leave at the same time. */
const startersPatience = 1_000;

/** How often a start begins anew: another process may be just making, starting or stopping the same database. */
const maxTries = 20;

/**
 * The database of this data folder: made on first use, started when nobody runs it, adopted when somebody does.
 * `name` is the database inside it. After `signal` it gives up, and ends what it has started. Throws StartError with a line for the
 * operator.
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

/** A start that fails or is given up leaves nobody behind, unless somebody else has found what it started. */
async function stopUnused(folder: string): Promise<void> {
  const running = postmaster(folder);
  if (running && !(await othersUse(addresses(running.socket).adminUrl))) await stopPostmaster(folder);
}

/** Makes, starts and fills it, in as many tries as it takes beside others who do the same. */
async function open(data: string, folder: string, name: string, signal: AbortSignal): Promise<Place> {
  const all = programs();
  const socket = once(() => socketFolder(data));
  const tries = tryToOpen(data, folder, all, name, socket.get, signal);
  const place = await tries.catch((error: unknown) => {
    removeSocketFolder(socket.known(), data);
    throw error;
  });
  if (place.socket !== socket.known()) removeSocketFolder(socket.known(), data); // somebody else's is used
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

/** A folder under the temp directory was made for one start and goes with it. */
function removeSocketFolder(socket: string | null, data: string): void {
  if (socket !== null && !socket.startsWith(`${data}/`)) removeEmptyFolder(socket);
}

function asStartError(error: unknown): unknown {
  if (error instanceof StartError || codeOf(error) === "") return error;
  return new StartError(`The embedded database can't be used (${codeOf(error)}: ${(error as Error).message}).`);
}

/**
 * Takes away a database server that was killed while it was made: it does not start, or PostgreSQL's own first database, which is made
 * last, is missing. Only where it certainly never held anybody's data.
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
  // Another account has to get through to what is its own; the rest of the folder stays closed to it.
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

/** Fast stop, when no other process is connected: whoever leaves last closes the door. */
async function release({ folder, socket, log }: Place, adminUrl: string, patience: number): Promise<void> {
  const running = postmaster(folder);
  if (!running) return;
  for (const end = Date.now() + patience; await othersUse(adminUrl); await sleep(50)) if (Date.now() >= end) return;
  await stopPostmaster(folder);
  removeSocketFolder(socket, dirname(log));
}
