/*
 * Lanes limit how much of the database one workspace can keep busy. Its requests wait for their turn here, before they take a connection,
 * so that other workspaces find one (D-82). A lane runs its work in order of arrival.
 */

/** The request must come back later, because too many of its workspace are already waiting. */
export class Busy extends Error {
  /** Modules are loaded twice in a process, so `instanceof` can't recognise it. */
  readonly kind = "busy";
  /** Seconds after which to try again. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super("too many requests of the workspace are waiting");
    this.retryAfter = retryAfter;
  }
}

export function isBusy(error: unknown): error is Busy {
  return (error as { kind?: string } | null)?.kind === "busy";
}

type Lane = { running: number; waiting: (() => void)[]; announced: number };
const here = globalThis as { musterLanes?: Map<string, Lane> };

/** The maximum number of waiting requests of one workspace. */
const maxWaiting = 500;

/** Milliseconds a request waits at most; identity providers give up a little later. */
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
  next?.(); // the longest-waiting request gets the place
  drop(key, lane);
}

function drop(key: string, lane: Lane): void {
  if (lane.running === 0 && lane.waiting.length === 0 && lane.announced === 0) here.musterLanes?.delete(key);
}

/** Waits for a place in a lane. Throws Busy if too many are waiting, or after too long. Announced work waits as long as it takes. */
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

/** Runs work in a lane that has `width` places. Throws Busy. Work in a lane must not enter the same lane: it would wait for itself. */
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

/**
 * Announces work that first waits for its turn elsewhere, such as for a row's lock, and enters the lane afterwards. Returns a function that
 * withdraws it. Throws Busy.
 */
export function announce(key: string): () => void {
  const lane = laneOf(key);
  checkRoom(lane);
  lane.announced++;
  return () => {
    lane.announced--;
    drop(key, lane);
  };
}
