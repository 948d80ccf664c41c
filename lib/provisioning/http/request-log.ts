import { log } from "@/lib/log";
import { noteSetAside, writeApart } from "@/lib/set-aside";
import { insertScimRequests, type LoggedRequest, toRow } from "@/lib/workspace/log/record";
import { trimScimRequests } from "@/lib/workspace/retention";

/** Milliseconds a finished request waits so that others are written with it. */
const batchDelay = 200;

/**
 * Limits of the rows in memory while the database is away, for all workspaces and for each: more would risk the whole process for its log.
 */
const most = { rows: 20_000, bytes: 67_108_864 };
const mostOfOne = { rows: Math.floor(most.rows / 3), bytes: Math.floor(most.bytes / 3) };

/** The size of one write. */
const batchSize = { rows: 1_000, bytes: 4_194_304 };

/** Rows written for one workspace between two checks of its log's length. */
const trimEvery = 10_000;

type Size = { rows: number; bytes: number };

/** The waiting rows of one workspace; dropped ones are counted on its last row. */
type Share = Size & { last: LoggedRequest };

type Batch = {
  rows: LoggedRequest[];
  size: Size;
  shares: Map<string, Share>;
  /** Dropped rows of workspaces without a waiting row; their next row will count them. */
  late: Map<string, number>;
  /** Rows written for each workspace since its log's length was last checked. */
  written: Map<string, number>;
  timer: NodeJS.Timeout | null;
  writing: Promise<void>;
  /** Since when writing has failed, by `performance.now()`; null while it works. */
  failingSince: number | null;
};
const here = globalThis as { musterRequestLog?: Batch };
here.musterRequestLog ??= {
  rows: [],
  size: { rows: 0, bytes: 0 },
  shares: new Map(),
  late: new Map(),
  written: new Map(),
  timer: null,
  writing: Promise.resolve(),
  failingSince: null,
};
const batch = here.musterRequestLog;

/** Approximate bytes of a row. */
function bytesOf({ path, query, requestBody, responseBody, detail }: LoggedRequest): number {
  const texts = [path, query, requestBody, responseBody, detail];
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 500);
}

function isOver({ rows, bytes }: Size, limit: Size): boolean {
  return rows >= limit.rows || bytes >= limit.bytes;
}

/**
 * Adds a request to the log without delaying it; it is written together with others. While nothing can be written, each workspace may keep
 * its share in memory. Rows beyond it are dropped and counted, and the log shows how many are missing where.
 */
export function addToRequestLog(request: LoggedRequest): void {
  const share = batch.shares.get(request.workspaceId);
  if (share && (isOver(share, mostOfOne) || isOver(batch.size, most))) {
    share.last.missing++;
    return;
  }
  keep(request);
  batch.rows.push(request);
  batch.timer ??= setTimeout(() => void flushRequestLog(), batchDelay);
}

/** Counts a row that waits. */
function keep(request: LoggedRequest): void {
  const bytes = bytesOf(request);
  const share = batch.shares.get(request.workspaceId);
  if (share) Object.assign(share, { rows: share.rows + 1, bytes: share.bytes + bytes, last: request });
  else batch.shares.set(request.workspaceId, { rows: 1, bytes, last: request });
  batch.size.rows++;
  batch.size.bytes += bytes;
  request.missing += batch.late.get(request.workspaceId) ?? 0;
  batch.late.delete(request.workspaceId);
}

/** Removes the first rows from the queue, as many as are written at once. */
function take(): LoggedRequest[] {
  let bytes = 0;
  const end = batch.rows.findIndex((row, index) => {
    bytes += bytesOf(row);
    return index >= batchSize.rows || bytes > batchSize.bytes;
  });
  return batch.rows.splice(0, end < 0 ? batch.rows.length : Math.max(1, end));
}

/** Subtracts rows that were written. */
function settle(rows: LoggedRequest[]): void {
  for (const row of rows) {
    const share = batch.shares.get(row.workspaceId);
    const bytes = bytesOf(row);
    batch.size.rows--;
    batch.size.bytes -= bytes;
    if (!share) continue;
    Object.assign(share, { rows: share.rows - 1, bytes: share.bytes - bytes });
    if (share.rows <= 0) batch.shares.delete(row.workspaceId);
  }
}

/** How many rows are waiting, and for how many seconds writing has failed; 0 while it works. */
export function requestLogState(): { waiting: number; failingFor: number } {
  const { size, failingSince } = batch;
  return { waiting: size.rows, failingFor: failingSince === null ? 0 : (performance.now() - failingSince) / 1000 };
}

/** Writes the waiting rows now. */
export function flushRequestLog(): Promise<void> {
  if (batch.timer) clearTimeout(batch.timer);
  batch.timer = null;
  batch.writing = batch.writing.then(writeBatch);
  return batch.writing;
}

async function writeBatch(): Promise<void> {
  const rows = take();
  if (rows.length === 0) return;
  /** The `missing` that each row is written with; -1 for a row that is lost. */
  const reported = new Map(rows.map((row) => [row, row.missing]));
  const refuse = (row: LoggedRequest, error: unknown) => {
    noteSetAside("request log", error, { workspaceId: row.workspaceId, loggedRequest: row.requestId });
    reported.set(row, -1); // lost, together with the count it carried
  };
  const isWritten = await write(rows, refuse);
  const left = isWritten ? [] : rows.filter((row) => reported.get(row) !== -1);
  const done = isWritten ? rows : rows.filter((row) => reported.get(row) === -1);
  batch.rows.unshift(...left);
  settle(done);
  passOn(done, reported);
  if (!isWritten) return;
  await trim(rows);
  if (batch.rows.length > 0) await writeBatch();
}

/** Writes rows, setting aside each bad one. Returns false if the database can't be written to now; the caller tries again later. */
async function write(rows: LoggedRequest[], refuse: (row: LoggedRequest, error: unknown) => void): Promise<boolean> {
  try {
    await writeApart(rows, (part) => insertScimRequests(part.map(toRow)), refuse);
    batch.failingSince = null;
    return true;
  } catch (error) {
    log().warn({ err: error, rows: rows.length }, "the request log was not written; it is kept and tried again");
    batch.failingSince ??= performance.now();
    batch.timer ??= setTimeout(() => void flushRequestLog(), 5_000);
    return false;
  }
}

/**
 * Rows dropped while their counting row was already being written are counted on another row of the workspace: a waiting one, or the next.
 */
function passOn(rows: LoggedRequest[], reported: ReadonlyMap<LoggedRequest, number>): void {
  for (const row of rows) {
    const { workspaceId, missing } = row;
    const late = missing - (reported.get(row) ?? 0);
    const share = batch.shares.get(workspaceId);
    if (late > 0 && share && reported.get(share.last) !== -1) share.last.missing += late;
    else if (late > 0) batch.late.set(workspaceId, (batch.late.get(workspaceId) ?? 0) + late);
  }
}

async function trim(rows: LoggedRequest[]): Promise<void> {
  for (const { workspaceId } of rows) {
    const written = (batch.written.get(workspaceId) ?? 0) + 1;
    batch.written.set(workspaceId, written % trimEvery);
    if (written < trimEvery) continue;
    await trimScimRequests(workspaceId).catch((error: unknown) =>
      log().warn({ err: error }, "the request log was not cut"),
    );
  }
}
