import { log } from "./log";

// One bad row must not stop its queue. It alone is set aside, counted, and logged with its reason; /readyz and the doctor command read the
// counts.

export const queueNames = ["request log", "mail", "webhooks", "domains", "tokens", "retention"] as const;
export type QueueName = (typeof queueNames)[number];

/** How many rows a queue of this process has set aside, and the last one. `at` is an ISO time. */
export type SetAside = { count: number; at: string; reason: string };

const here = globalThis as { musterSetAside?: Map<QueueName, SetAside> };

/** The rows that each queue of this process has set aside since it started. Queues without any are left out. */
export function listSetAside(): Partial<Record<QueueName, SetAside>> {
  return Object.fromEntries(here.musterSetAside ?? []);
}

/** Records a row that was set aside; `about` identifies it in the log and must not contain secrets. */
export function noteSetAside(queue: QueueName, error: unknown, about: Record<string, unknown>): void {
  here.musterSetAside ??= new Map();
  const count = (here.musterSetAside.get(queue)?.count ?? 0) + 1;
  const reason = reasonOf(error);
  here.musterSetAside.set(queue, { count, at: new Date().toISOString(), reason });
  log().error({ err: error, queue, ...about, setAside: count }, "a row was set aside; its queue goes on");
}

/** An error's message, or its code if it has no message. */
export function reasonOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: string; code?: string };
  return message || code || String(error);
}

/** Errors our own code throws for a value; they happen again at the next try. */
const ours = new Set(["TypeError", "RangeError", "SyntaxError", "URIError"]);

/**
 * Whether an error is caused by the row and would happen again: a value that the database can't store (class 22), a constraint (23), a row
 * over a limit (54), or a value that our own code can't handle. Everything else, such as a lost connection, is temporary.
 */
export function isAboutRow(error: unknown): boolean {
  const { code, name, kind } = (error ?? {}) as { code?: unknown; name?: string; kind?: string };
  if (kind === "refusal" || ours.has(name ?? "")) return true;
  return typeof code === "string" && /^(22|23|54)[0-9A-Z]{3}$/.test(code);
}

/**
 * Writes rows together. If one of them makes the write fail, the batch is halved until that row is alone, and passed to `refuse`. Throws
 * any error not caused by a row immediately; earlier rows are already written, so `write` must be idempotent.
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

/** Processes rows one after the other. An error caused by a row sets that row aside, identified by `about`; any other error is thrown. */
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
