import { setTimeout as sleep } from "node:timers/promises";

// When the answer to a commit is lost, the commit may or may not have happened; PostgreSQL knows (F03).

/** The connection broke during a commit, and the database couldn't be asked for the outcome. */
class UnknownOutcome extends Error {
  /** Modules are loaded twice in this process, so `instanceof` can't recognise it. */
  readonly kind = "unknown-outcome";
}

export function isUnknownOutcome(error: unknown): boolean {
  return (error as { kind?: string } | null)?.kind === "unknown-outcome";
}

/** Whether an error means that the connection broke, rather than that the database rejected the statement. */
function isLost(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code)) return true; // an error code of the network or the driver
  return code.startsWith("08") || code.startsWith("57P");
}

/** The error to throw when a write outside a transaction fails: if its answer was lost, it may still have happened. */
export function lostWrite(error: unknown): unknown {
  return isLost(error) ? new UnknownOutcome("the outcome of a statement is not known", { cause: error }) : error;
}

/** The transaction id from the results of BEGIN, which hold one entry for each of its statements. */
export function xidOf(results: unknown): string | null {
  const last = Array.isArray(results) ? results.at(-1) : results;
  const [row] = (last as { rows?: { xid?: string }[] })?.rows ?? [];
  return row?.xid ?? null;
}

/** Milliseconds the database has to come back and answer. */
const patience = 5_000;

type Ask = (text: string, values: unknown[]) => Promise<{ rows: { status: string | null }[] }>;

/**
 * Finds the outcome of a commit that failed. After a crash the database reuses the ids of lost transactions, so "committed" counts only if
 * `hasStayed` confirms that there was no crash. Returns if the commit happened; throws the error if it didn't, and UnknownOutcome if nobody
 * can tell.
 */
export async function settleCommit(
  error: unknown,
  xid: string | null,
  ask: Ask,
  hasStayed: () => Promise<boolean>,
): Promise<void> {
  if (!isLost(error)) throw error;
  const outcome = xid === null ? null : await findOutcome(xid, ask);
  if (outcome === "committed" && (await hasStayed())) return;
  if (outcome === "aborted") throw error;
  throw new UnknownOutcome("the outcome of a commit is not known", { cause: error });
}

async function findOutcome(xid: string, ask: Ask): Promise<string | null> {
  for (const end = performance.now() + patience; performance.now() < end; await sleep(100)) {
    const status = await ask("SELECT pg_xact_status($1::xid8) AS status", [xid]).then(
      ({ rows }) => rows[0]?.status ?? null,
      () => "in progress", // the database isn't back yet; ask again
    );
    if (status !== "in progress") return status;
  }
  return null;
}
