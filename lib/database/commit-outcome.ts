import { setTimeout as sleep } from "node:timers/promises";

// When the answer to a commit is lost, the commit was made or it wasn't; PostgreSQL knows which (F03).

/** The connection was lost with the commit under way, and the database can't be asked what became of it. */
class UnknownOutcome extends Error {
  /** Modules exist twice in the process, so this and not `instanceof` tells it. */
  readonly kind = "unknown-outcome";
}

export function isUnknownOutcome(error: unknown): boolean {
  return (error as { kind?: string } | null)?.kind === "unknown-outcome";
}

/** The answer in that case: look before you try again. */
export const unknownOutcomeDetail =
  "The connection to the database was lost while the change was being saved, so it isn't known whether it was made. Look at the current state before you try again.";

/** Whether an error says that the way to the database broke, and not that the database has refused. */
function isLost(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code)) return true; // the network's, or the driver's own
  return code.startsWith("08") || code.startsWith("57P");
}

/** The error to throw for a failed write outside a transaction: if its answer was lost, it may have been made. */
export function lostWrite(error: unknown): unknown {
  return isLost(error) ? new UnknownOutcome("the outcome of a statement is not known", { cause: error }) : error;
}

/** The id of a transaction out of the answers to its beginning: one for each statement in it. */
export function xidOf(results: unknown): string | null {
  const last = Array.isArray(results) ? results.at(-1) : results;
  const [row] = (last as { rows?: { xid?: string }[] })?.rows ?? [];
  return row?.xid ?? null;
}

/** Milliseconds in which the database has to come back to tell. */
const patience = 5_000;

type Ask = (text: string, values: unknown[]) => Promise<{ rows: { status: string | null }[] }>;

/**
 * Finds out what became of a commit that failed. A database that has crashed gives the ids of lost transactions to others, so that
 * "committed" counts only where `hasStayed` says that it has not. Returns when it was made; throws the error when it was not, and UnknownOutcome when
 * nobody can tell.
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
      () => "in progress", // the database is not back yet, and is asked again
    );
    if (status !== "in progress") return status;
  }
  return null;
}
