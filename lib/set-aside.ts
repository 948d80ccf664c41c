import { log } from "./log";

// What one bad row must not do: stop the queue that it stands in. It is set aside alone, counted, and written to the log with its reason;
// /readyz and the doctor command read the counts.

export type QueueName = "request log" | "mail" | "webhooks" | "domains" | "tokens" | "retention";

/** How many rows a queue of this process has set aside, and the last of them. `at` is an ISO time. */
export type SetAside = { count: number; at: string; reason: string };

const here = globalThis as { musterSetAside?: Map<QueueName, SetAside> };

/** What each queue of this process has set aside since the process started; queues without any are left out. */
export function listSetAside(): Partial<Record<QueueName, SetAside>> {
  return Object.fromEntries(here.musterSetAside ?? []);
}

/** Notes a row that was set aside; `about` names it in the log and holds nothing secret. */
export function noteSetAside(queue: QueueName, error: unknown, about: Record<string, unknown>): void {
  here.musterSetAside ??= new Map();
  const count = (here.musterSetAside.get(queue)?.count ?? 0) + 1;
  const reason = reasonOf(error);
  here.musterSetAside.set(queue, { count, at: new Date().toISOString(), reason });
  log().error({ err: error, queue, ...about, setAside: count }, "a row was set aside; its queue goes on");
}

/** What an error says, or its code where it says nothing. */
export function reasonOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: string; code?: string };
  return message || code || String(error);
}

/** Errors of our own code about what it was given: they come again at the next try. */
const ours = new Set(["TypeError", "RangeError", "SyntaxError", "URIError"]);

/**
 * Whether an error is about the row and comes again with it: a value that the database can't take (class 22), a constraint (23), a row
 * over a limit (54), or a value that our own code can't handle. Everything else, such as a lost connection, is about the moment.
 */
export function isAboutRow(error: unknown): boolean {
  const { code, name, kind } = (error ?? {}) as { code?: unknown; name?: string; kind?: string };
  if (kind === "refusal" || ours.has(name ?? "")) return true;
  return typeof code === "string" && /^(22|23|54)[0-9A-Z]{3}$/.test(code);
}

/**
 * Writes rows together. What is refused because of one of them is halved until that one is alone, and handed to `refuse`. Throws what is
 * not about a row, as soon as it comes; rows before it are written, so `write` must take a row twice.
 */
export async function writeApart<Row>(
  rows: readonly Row[],
  write: (rows: readonly Row[]) => Promise<void>,
  refuse: (row: Row, error: unknown) => void,
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  try {
    await write(rows);
  } catch (error) {
    if (!isAboutRow(error)) throw error;
    if (rows.length === 1) return refuse(first, error);
    const half = rows.length >> 1;
    await writeApart(rows.slice(0, half), write, refuse);
    await writeApart(rows.slice(half), write, refuse);
  }
}

/** Does something with one row after the other. What is about a row sets that one aside, named by `about`; everything else is thrown. */
export async function eachApart<Row>(
  queue: QueueName,
  rows: readonly Row[],
  work: (row: Row) => Promise<void>,
  isStopping: () => boolean,
  about: (row: Row) => Record<string, unknown>,
): Promise<void> {
  for (const row of rows) {
    if (isStopping()) return;
    try {
      await work(row);
    } catch (error) {
      if (!isAboutRow(error)) throw error;
      noteSetAside(queue, error, about(row));
    }
  }
}
