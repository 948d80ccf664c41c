import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { log } from "@/lib/log";
import { lastError, sizeOf } from "./last-error";
import { bringUp, type Place, postmaster, socketPath, stopPostmaster } from "./postmaster";

/** In milliseconds: the interval of checks, and how long a socket may be missing; a new one appears at once. */
const pause = 250;
const socketPatience = 2_000;

/** Milliseconds before a server that just ended is restarted; doubled each time it ends again before `lasted`, up to `longest`. */
const backOff = { first: 500, longest: 5_000, lasted: 3_000 };

/** Restarts the database server whenever it has ended, until stopped. Logs what happens. */
export function watch(place: Place): { stop: () => Promise<void> } {
  const end = new AbortController();
  const running = keepUp(place, end.signal).catch((error: unknown) => {
    if (!end.signal.aborted) log().error({ err: error }, "the embedded database is not watched any longer");
  });
  return {
    stop: () => {
      end.abort();
      return running;
    },
  };
}

async function keepUp(place: Place, signal: AbortSignal): Promise<void> {
  let wait = 0;
  let upSince = Date.now();
  let logged = sizeOf(place.log);
  while (true) {
    await untilGone(place, signal);
    if (Date.now() - upSince > backOff.lasted) wait = 0;
    log().error(
      { reason: lastError(place.log, logged) ?? "it was killed" },
      "the embedded database has ended; it is started again",
    );
    await sleep(wait, undefined, { signal });
    wait = Math.min(backOff.longest, Math.max(backOff.first, wait * 2));
    logged = sizeOf(place.log);
    if (await isUpAgain(place, signal)) {
      upSince = Date.now();
      log().warn("the embedded database is up again");
    }
  }
}

/** A folder that was removed is not created again: nobody wants an empty database instead. */
async function isUpAgain(place: Place, signal: AbortSignal): Promise<boolean> {
  if (!existsSync(join(place.folder, "PG_VERSION"))) {
    log().error({ folder: place.folder }, "the folder of the embedded database is gone");
    return false;
  }
  try {
    await bringUp(place, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    log().error({ reason: (error as Error).message }, "the embedded database could not be started");
    return false;
  }
}

/** Returns once no server runs on the folder. A server whose socket was removed is useless, and is stopped. */
async function untilGone({ folder, socket }: Place, signal: AbortSignal): Promise<void> {
  let seen = Date.now();
  while (postmaster(folder)) {
    if (existsSync(socketPath(socket))) seen = Date.now();
    if (Date.now() - seen > socketPatience) {
      log().error({ socket }, "the socket of the embedded database is gone");
      await stopPostmaster(folder);
    }
    await sleep(pause, undefined, { signal, ref: false });
  }
}
