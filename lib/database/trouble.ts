import { translator } from "@/lib/messages/translator";

/*
 * Database errors by kind: what each one means for a request, and when to try again. After any of these nothing was changed. If that is
 * uncertain, because the answer to a COMMIT was lost, the error is an UnknownOutcome instead (commit-outcome.ts). The codes are
 * PostgreSQL's (documentation, appendix A).
 */

export type TroubleKind =
  | "unreachable"
  | "read_only"
  | "full"
  | "crowded"
  | "busy"
  | "too_slow"
  | "damaged"
  | "migrated"
  | "not_storable";

/** A kind of error with the detail for its response. `retryAfter` is in seconds; null means that the same request would fail again. */
export type Trouble = { kind: TroubleKind; detail: string; retryAfter: number | null };

/** Seconds after which to try again. */
const waits: Record<TroubleKind, number | null> = {
  unreachable: 2,
  read_only: 5,
  full: 30,
  crowded: 5,
  busy: 2,
  too_slow: 5,
  damaged: 30,
  migrated: 1,
  not_storable: null,
};

function troubleBy(kind: TroubleKind): Trouble {
  return { kind, detail: translator("problems", "en")(`database.${kind}`), retryAfter: waits[kind] };
}

/** Single codes, and classes by their first two characters. */
const codes: Record<string, TroubleKind> = {
  "08": "unreachable", // connection exception
  "22": "not_storable", // data exception
  "25006": "read_only", // read-only SQL transaction: a standby, or a primary that became one
  "26000": "too_slow", // no such prepared statement: the statement that was to prepare it was cancelled
  "28": "unreachable", // access denied: the password was changed, or it isn't our database any more
  "3D": "unreachable", // our database doesn't exist
  "40": "busy", // serialization failure, deadlock
  "53": "crowded", // out of memory, too many connections
  "53100": "full",
  "54": "not_storable", // program limit exceeded: an index row, a statement
  "55": "busy", // lock not available, object in use
  "57": "unreachable", // admin or crash shutdown, cannot connect now, idle session timeout
  "57014": "too_slow", // query canceled: its statement_timeout
  "58": "damaged", // system error: I/O
  "58P01": "damaged",
  XX001: "damaged", // data corrupted
  XX002: "damaged", // index corrupted
};

/** Codes of Node and Prisma for a connection that failed. */
const network = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOENT", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND"],
  ...["EAI_AGAIN", "EACCES", "P1001", "P1002", "P1008", "P1017", "P2024"],
]);

/** Errors of the driver without a code: no connection came free in time, or one broke. */
const poolTimeoutMessage = "timeout exceeded when trying to connect";
const driverMessages =
  /^(Connection terminated|Query read timeout|timeout expired|Client has encountered a connection error|Client was closed and is not queryable|Cannot use a pool after calling end)/;

/** Recognised by `trouble`, not by `instanceof`: modules are loaded twice in this process. */
class DatabaseTrouble extends Error {
  readonly trouble: TroubleKind;

  constructor(kind: TroubleKind, cause: unknown) {
    super(troubleBy(kind).detail, { cause });
    this.trouble = kind;
  }
}

/** Creates an error of a known kind. */
export function trouble(kind: TroubleKind, cause?: unknown): Error {
  return new DatabaseTrouble(kind, cause);
}

/**
 * Whether PostgreSQL refuses a prepared statement because a migration changed its columns. The code, 0A000, is also that of any feature it
 * lacks; the function that reports it is the same in every language.
 */
export function isOutdatedPlan(error: { code?: unknown; routine?: unknown }): boolean {
  return error.code === "0A000" && error.routine === "RevalidateCachedQuery";
}

type ErrorFields = {
  code?: unknown;
  routine?: unknown;
  message?: unknown;
  cause?: unknown;
  trouble?: TroubleKind;
  originalCode?: unknown;
};

function kindOf(error: ErrorFields): TroubleKind | null {
  if (error.trouble !== undefined && error.trouble in waits) return error.trouble;
  const { code = error.originalCode, message } = error;
  if (isOutdatedPlan(error)) return "migrated";
  if (typeof code === "string" && network.has(code)) return "unreachable";
  if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return codes[code] ?? codes[code.slice(0, 2)] ?? null;
  if (message === poolTimeoutMessage) return "crowded";
  return typeof message === "string" && driverMessages.test(message) ? "unreachable" : null;
}

/** The wrapped driver error, which Prisma keeps in `cause` or in `meta`. */
function insideOf(error: ErrorFields): unknown {
  const { meta } = error as { meta?: { driverAdapterError?: unknown } };
  return error.cause ?? meta?.driverAdapterError;
}

/** The kind of a database error, even if another error wraps it; null for any other error. */
export function troubleOf(error: unknown): Trouble | null {
  let next = error;
  for (let depth = 0; depth < 5 && typeof next === "object" && next !== null; depth++) {
    const kind = kindOf(next);
    if (kind !== null) return troubleBy(kind);
    next = insideOf(next);
  }
  return null;
}

const ofConnection = new Set<TroubleKind | undefined>(["unreachable", "read_only", "damaged", "migrated"]);

/** Whether to close the connection that returned this error: a new one may reach a working primary, and prepares its statements anew. */
export function isOfConnection(error: unknown): boolean {
  return ofConnection.has(troubleOf(error)?.kind);
}

/** Whether no query can run right now: the database is unreachable, or has no connection free. */
export function isDatabaseAway(error: unknown): boolean {
  const kind = troubleOf(error)?.kind;
  return kind === "unreachable" || kind === "crowded";
}

/** Whether an error came from PostgreSQL or the connection to it. Such errors have a code; refusals don't. */
export function isDatabaseError(error: unknown): boolean {
  return typeof (error as { code?: unknown } | null)?.code === "string" || troubleOf(error) !== null;
}

/** True if a statement was cancelled because it took too long. */
export function isTooSlow(error: unknown): boolean {
  return troubleOf(error)?.kind === "too_slow";
}

/** True if `error` is PostgreSQL's unique violation, of the named index if one is given. */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  const { code, constraint } = (error ?? {}) as { code?: string; constraint?: string };
  return code === "23505" && (index === undefined || constraint === index);
}
