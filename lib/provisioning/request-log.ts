import { log } from "@/lib/log";
import { insertScimRequests, type LoggedRequest } from "@/lib/workspace/scim-requests";

/** Milliseconds that a finished request waits for others to be written with it. */
const batchDelay = 200;
/** Rows kept while the database is away; more would trade the log for the process. */
const maxWaiting = 20_000;

type Batch = { rows: LoggedRequest[]; timer: NodeJS.Timeout | null; writing: Promise<void> };
const here = globalThis as { musterRequestLog?: Batch };
here.musterRequestLog ??= { rows: [], timer: null, writing: Promise.resolve() };
const batch = here.musterRequestLog;

/** Puts a request into the log, off its path: it is written with its neighbours. */
export function addToRequestLog(request: LoggedRequest): void {
  if (batch.rows.length >= maxWaiting) return;
  batch.rows.push(request);
  batch.timer ??= setTimeout(() => void flushRequestLog(), batchDelay);
}

/** Writes what waits, now. */
export function flushRequestLog(): Promise<void> {
  if (batch.timer) clearTimeout(batch.timer);
  batch.timer = null;
  batch.writing = batch.writing.then(writeBatch);
  return batch.writing;
}

async function writeBatch(): Promise<void> {
  const rows = batch.rows.splice(0, 1_000);
  if (rows.length === 0) return;
  try {
    await insertScimRequests(rows);
  } catch (error) {
    log().warn({ err: error, rows: rows.length }, "the request log was not written; it is kept and tried again");
    batch.rows.unshift(...rows);
    batch.timer ??= setTimeout(() => void flushRequestLog(), 5_000);
    return;
  }
  if (batch.rows.length > 0) await writeBatch();
}
