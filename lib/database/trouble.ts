/*
 * What goes wrong with a database, by kind: what it means for a request, and when it is worth another try. After each of these nothing
 * was changed. Where that isn't known, as with an answer to COMMIT that got lost, it is an UnknownOutcome (commit-outcome.ts).
 * The codes are PostgreSQL's (documentation, appendix A).
 */

export type TroubleKind =
  | "unreachable"
  | "read_only"
  | "full"
  | "crowded"
  | "busy"
  | "too_slow"
  | "damaged"
  | "not_storable";

/** What to tell of a trouble. `retryAfter` are seconds; null: the same request would fail again. */
export type Trouble = { kind: TroubleKind; detail: string; retryAfter: number | null };

const troubles: Record<TroubleKind, Omit<Trouble, "kind">> = {
  unreachable: {
    detail: "The service can't reach its database just now. Nothing was changed; try again.",
    retryAfter: 2,
  },
  read_only: {
    detail: "The database can only be read just now. Nothing was changed; try again.",
    retryAfter: 5,
  },
  full: {
    detail: "The database has no room left. Nothing was changed; your operator has to make some.",
    retryAfter: 30,
  },
  crowded: {
    detail: "The database can't take more work just now. Nothing was changed; try again.",
    retryAfter: 5,
  },
  busy: {
    detail: "Other requests change the same just now. Nothing was changed; try again.",
    retryAfter: 2,
  },
  too_slow: {
    detail: "This took the database too long. Nothing was changed; try again.",
    retryAfter: 5,
  },
  damaged: {
    detail: "The database can't read or write its files. Nothing was changed; your operator has to look at it.",
    retryAfter: 30,
  },
  not_storable: {
    detail: "The database can't store a value of this request: a character, a number or its size. Nothing was changed.",
    retryAfter: null,
  },
};

/** Single codes, and classes by their first two characters. */
const codes: Record<string, TroubleKind> = {
  "08": "unreachable", // connection exception
  "22": "not_storable", // data exception
  "25006": "read_only", // read only SQL transaction: a standby, or a primary that became one
  "28": "unreachable", // it doesn't let us in: the password was changed, or it is not our database any more
  "3D": "unreachable", // our database isn't there
  "40": "busy", // serialization failure, deadlock
  "53": "crowded", // out of memory, too many connections
  "53100": "full",
  "54": "not_storable", // program limit exceeded: an index row, a statement
  "55": "busy", // lock not available, object in use
  "57": "unreachable", // admin or crash shutdown, cannot connect now, idle session timeout
  "57014": "too_slow", // query canceled: its statement_timeout
  "58": "damaged", // system error: input and output
  "58P01": "damaged",
  XX001: "damaged", // data corrupted
  XX002: "damaged", // index corrupted
};

/** Codes of Node and of Prisma that say that the way to the database is broken. */
const network = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOENT", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND"],
  ...["EAI_AGAIN", "EACCES", "P1001", "P1002", "P1008", "P1017", "P2024"],
]);

/** What the driver says without a code: that no connection came free, and that one broke. */
const poolSays = "timeout exceeded when trying to connect";
const driverSays =
  /^(Connection terminated|Query read timeout|timeout expired|Client has encountered a connection error|Client was closed and is not queryable|Cannot use a pool after calling end)/;

/** A request that ends because of its database. Modules exist twice in the process, so `trouble` and not `instanceof` tells it. */
class DatabaseTrouble extends Error {
  readonly trouble: TroubleKind;

  constructor(kind: TroubleKind, cause: unknown) {
    super(troubles[kind].detail, { cause });
    this.trouble = kind;
  }
}

/** An error to throw where the trouble is known, and not only its code. */
export function trouble(kind: TroubleKind, cause?: unknown): Error {
  return new DatabaseTrouble(kind, cause);
}

type Told = { code?: unknown; message?: unknown; cause?: unknown; trouble?: TroubleKind; originalCode?: unknown };

function kindOf(error: Told): TroubleKind | null {
  if (error.trouble !== undefined && error.trouble in troubles) return error.trouble;
  const { code = error.originalCode, message } = error;
  if (typeof code === "string") {
    if (/^[0-9A-Z]{5}$/.test(code) && !network.has(code)) return codes[code] ?? codes[code.slice(0, 2)] ?? null;
    if (network.has(code)) return "unreachable";
  }
  if (message === poolSays) return "crowded";
  return typeof message === "string" && driverSays.test(message) ? "unreachable" : null;
}

/** Prisma keeps what the driver said in its cause, or in its `meta`. */
function insideOf(error: Told): unknown {
  const { meta } = error as { meta?: { driverAdapterError?: unknown } };
  return error.cause ?? meta?.driverAdapterError;
}

/** Which trouble of the database an error is, itself or in what caused it; null for anything else. */
export function troubleOf(error: unknown): Trouble | null {
  let next = error;
  for (let depth = 0; depth < 5 && typeof next === "object" && next !== null; depth++) {
    const kind = kindOf(next);
    if (kind !== null) return { kind, ...troubles[kind] };
    next = insideOf(next);
  }
  return null;
}

const ofConnection = new Set<TroubleKind | undefined>(["unreachable", "read_only", "damaged"]);

/** Whether a connection that has said this is not to be used again: another one may lead to a primary that works. */
export function isOfConnection(error: unknown): boolean {
  return ofConnection.has(troubleOf(error)?.kind);
}

/** Whether an error came from PostgreSQL or from the way there: it has a code, which a refusal has not. */
export function isDatabaseError(error: unknown): boolean {
  return typeof (error as { code?: unknown } | null)?.code === "string" || troubleOf(error) !== null;
}

/** True when a statement was given up because it took too long. */
export function isTooSlow(error: unknown): boolean {
  return troubleOf(error)?.kind === "too_slow";
}

/** True when `error` is PostgreSQL's unique violation, of the named index if one is given. */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  const { code, constraint } = (error ?? {}) as { code?: string; constraint?: string };
  return code === "23505" && (index === undefined || constraint === index);
}
