/*
 * Lanes: how much of the database one workspace may keep busy. What its requests ask waits its turn here, before it takes a
 * connection, so that the others find some (D-82). A lane takes its work in the order it came.
 */

/** Why a request is to come again later: others of its workspace wait already. */
export class Busy extends Error {
  /** Modules exist twice in a process, so this and not `instanceof` tells it. */
  readonly kind = "busy";
  /** Seconds after which it is worth another try. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super("Other requests of this workspace are still being worked on.");
    this.retryAfter = retryAfter;
  }
}

export function isBusy(error: unknown): error is Busy {
  return (error as { kind?: string } | null)?.kind === "busy";
}

type Lane = { running: number; waiting: (() => void)[]; announced: number };
const here = globalThis as { musterLanes?: Map<string, Lane> };

/** Requests of one workspace that may wait. */
const maxWaiting = 500;

/** Milliseconds that one waits at most: identity providers give up after some more. */
const maxWait = 10_000;

const retryAfter = 5;

function laneOf(key: string): Lane {
  here.musterLanes ??= new Map();
  const known = here.musterLanes.get(key);
  if (known) return known;
  const lane = { running: 0, waiting: [], announced: 0 };
  here.musterLanes.set(key, lane);
  return lane;
}

function leave(key: string, lane: Lane): void {
  const next = lane.waiting.shift();
  if (!next) lane.running--;
  next?.(); // the place goes to whoever waits the longest
  drop(key, lane);
}

function drop(key: string, lane: Lane): void {
  if (lane.running === 0 && lane.waiting.length === 0 && lane.announced === 0) here.musterLanes?.delete(key);
}

/** Waits for a place in a lane; throws Busy when too many wait, or when it takes too long. What was announced waits as long as it takes. */
function enter(lane: Lane, isAnnounced: boolean): Promise<void> {
  if (!isAnnounced) checkRoom(lane);
  return new Promise((resolve, reject) => {
    const start = () => {
      clearTimeout(timer);
      resolve();
    };
    const giveUp = () => {
      lane.waiting.splice(lane.waiting.indexOf(start), 1);
      reject(new Busy(retryAfter));
    };
    const timer = isAnnounced ? undefined : setTimeout(giveUp, maxWait);
    lane.waiting.push(start);
  });
}

function checkRoom(lane: Lane): void {
  if (lane.waiting.length + lane.announced >= maxWaiting) throw new Busy(retryAfter);
}

/** Runs work in a lane that has `width` places. Throws Busy. Work in a lane must not enter one: it would wait for itself. */
export async function inLane<Result>(
  key: string,
  width: number,
  work: () => Promise<Result>,
  isAnnounced = false,
): Promise<Result> {
  const lane = laneOf(key);
  if (lane.running < width) lane.running++;
  else await enter(lane, isAnnounced);
  try {
    return await work();
  } finally {
    leave(key, lane);
  }
}

/** Announces work that waits elsewhere for its turn, such as for a row's lock, and will enter the lane then. Returns its end. Throws Busy. */
export function announce(key: string): () => void {
  const lane = laneOf(key);
  checkRoom(lane);
  lane.announced++;
  return () => {
    lane.announced--;
    drop(key, lane);
  };
}
