import { log } from "@/lib/log";
import { noteSetAside, writeApart } from "@/lib/set-aside";
import { insertScimRequests, type LoggedRequest, toRow } from "@/lib/workspace/log/record";
import { trimScimRequests } from "@/lib/workspace/retention";

/** Milliseconds that a finished request waits for others to be written with it. */
const batchDelay = 200;

/** What is kept while the database is away, of all workspaces together and of one: more would trade the log for the process. */
const most = { rows: 20_000, bytes: 67_108_864 };
const mostOfOne = { rows: Math.floor(most.rows / 3), bytes: Math.floor(most.bytes / 3) };

/** What is written at once. */
const batchSize = { rows: 1_000, bytes: 4_194_304 };

/** Rows of one workspace that are written between two looks whether its log has grown too long. */
const trimEvery = 10_000;

type Size = { rows: number; bytes: number };

/** What waits of one workspace; what does not fit is counted on its last row. */
type Share = Size & { last: LoggedRequest };

type Batch = {
  rows: LoggedRequest[];
  size: Size;
  shares: Map<string, Share>;
  /** Missing rows of a workspace of which nothing waits: its next row tells of them. */
  late: Map<string, number>;
  /** Rows written of each workspace since its log was last looked at. */
  written: Map<string, number>;
  timer: NodeJS.Timeout | null;
  writing: Promise<void>;
  /** Since when nothing could be written, in milliseconds since the epoch; null while it can. */
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

/** Bytes of a row, roughly. */
function bytesOf({ path, query, requestBody, responseBody, detail }: LoggedRequest): number {
  const texts = [path, query, requestBody, responseBody, detail];
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 500);
}

function isOver({ rows, bytes }: Size, limit: Size): boolean {
  return rows >= limit.rows || bytes >= limit.bytes;
}

/**
 * Puts a request into the log, off its path: it is written with its neighbours. While nothing can be written, each workspace has its
 * share of what is kept; what goes beyond is counted, and the log says how many are missing where.
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

/** Takes the first rows out of what waits, as many as are written at once. */
function take(): LoggedRequest[] {
  let bytes = 0;
  const end = batch.rows.findIndex((row, index) => {
    bytes += bytesOf(row);
    return index >= batchSize.rows || bytes > batchSize.bytes;
  });
  return batch.rows.splice(0, end < 0 ? batch.rows.length : Math.max(1, end));
}

/** Rows that were written wait no more. */
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

/** How many rows wait, and for how many seconds they could not be written; 0 while they can. */
export function requestLogState(): { waiting: number; failingFor: number } {
  const { size, failingSince } = batch;
  return { waiting: size.rows, failingFor: failingSince === null ? 0 : (performance.now() - failingSince) / 1000 };
}

/** Writes what waits, now. */
export function flushRequestLog(): Promise<void> {
  if (batch.timer) clearTimeout(batch.timer);
  batch.timer = null;
  batch.writing = batch.writing.then(writeBatch);
  return batch.writing;
}

async function writeBatch(): Promise<void> {
  const rows = take();
  if (rows.length === 0) return;
  const told = new Map(rows.map((row) => [row, row.missing]));
  const refuse = (row: LoggedRequest, error: unknown) => {
    noteSetAside("request log", error, { workspaceId: row.workspaceId, loggedRequest: row.requestId });
    told.set(row, -1); // it is missing itself, and so is what it would have told of
  };
  const isWritten = await write(rows, refuse);
  const left = isWritten ? [] : rows.filter((row) => told.get(row) !== -1);
  const done = isWritten ? rows : rows.filter((row) => told.get(row) === -1);
  batch.rows.unshift(...left);
  settle(done);
  passOn(done, told);
  if (!isWritten) return;
  await trim(rows);
  if (batch.rows.length > 0) await writeBatch();
}

/** Writes rows, each bad one apart. False when the database can't be written to now: then it is tried again in a while. */
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

/** What was found missing while its row was being written is told by another row of its workspace: one that waits, or the next. */
function passOn(rows: LoggedRequest[], told: ReadonlyMap<LoggedRequest, number>): void {
  for (const row of rows) {
    const { workspaceId, missing } = row;
    const late = missing - (told.get(row) ?? 0);
    const share = batch.shares.get(workspaceId);
    if (late > 0 && share && told.get(share.last) !== -1) share.last.missing += late;
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
