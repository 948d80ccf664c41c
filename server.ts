import { EventEmitter } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import next from "next";
import { closeDatabase } from "@/lib/db";
import { env, parseEnv } from "@/lib/env";
import { startWorker } from "@/lib/jobs/worker";
import { answerInTime } from "@/lib/limits/in-time";
import { log } from "@/lib/log";
import { answerMetrics, watchRequest } from "@/lib/metrics/serve";
import { whySecretIsWrong } from "@/lib/process/installation";
import { isLeaving, leave, leaveNow, leaveOnSignal, type Step } from "@/lib/process/leaving";
import { watchLoop } from "@/lib/process/loop";
import { ownMigrations } from "@/lib/process/readiness";
import { recordServer, type ServerRecord } from "@/lib/process/server-record";
import { watchUncaught } from "@/lib/process/uncaught";
import { answerNode, findScimTarget } from "@/lib/provisioning/http/node-adapter";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { answerEarly, answerLeaving, asOurHost, refuseTarget } from "@/lib/request/answers";
import { remoteAddress } from "@/lib/request/remote-address";
import { whyNonsense } from "@/lib/request/target";
import { markThisMachine } from "@/lib/request/this-machine";
import { setupLink } from "@/lib/setup-link";
import { isEmpty } from "@/lib/workspace/workspaces/workspaces";
import { databaseLine, isOfDatabase, whyNotNow } from "@/scripts/database/errors";
import { migrate } from "@/scripts/database/migrate";
import { waitForDatabase } from "@/scripts/database/wait";
import { makeDataFolder } from "@/scripts/embedded/folder";
import { type EmbeddedPostgres, openEmbeddedPostgres } from "@/scripts/embedded/postgres";
import { keptSecret } from "@/scripts/embedded/secret";
import { openMetricsPort } from "@/scripts/metrics-port";
import { StartError } from "@/scripts/start-error";

/** How often a server records that it is running. */
const beatSeconds = 60;

const isDev = process.argv.includes("--dev");

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function printLine(line: string): void {
  process.stdout.write(`  ${line}\n`);
}

/** The database's name in messages for the operator. */
const databaseName = process.env.DATABASE_URL ? "The database of DATABASE_URL" : "The embedded database";

async function openDatabase(): Promise<EmbeddedPostgres | null> {
  if (process.env.DATABASE_URL) return null;
  const folder = makeDataFolder(process.env.MUSTER_DATA_DIR || ".data");
  process.env.MUSTER_SECRET ||= keptSecret(folder);
  const opened = await openEmbeddedPostgres(folder, "muster", leaving.signal);
  process.env.DATABASE_URL = opened.url;
  opened.watch();
  return opened;
}

/** Prints a line every five seconds while the start is waiting. */
async function withPatience<Result>(work: Promise<Result>, why: string): Promise<Result> {
  const line = setInterval(() => printLine(`Waiting for the database: ${why}.`), 5_000);
  return work.finally(() => clearInterval(line));
}

/** Waits for the database and creates missing tables; if the connection is lost in between, waits again. */
async function prepareDatabase(): Promise<void> {
  const { DATABASE_URL: url, MUSTER_START_WAIT } = env();
  const end = Date.now() + MUSTER_START_WAIT * 1000;
  for (let seconds = MUSTER_START_WAIT; ; seconds = Math.max(0, (end - Date.now()) / 1000)) {
    await waitForDatabase({ url, name: databaseName, seconds, print: printLine, signal: leaving.signal });
    try {
      const tables = migrate(url, { seconds: Math.max(1, seconds) });
      const applied = await withPatience(tables, "its tables are being changed");
      if (applied.length > 0) log().info({ applied }, "migrations applied");
      return;
    } catch (error) {
      if (whyNotNow(error) === null || Date.now() >= end) throw error;
      log().warn({ err: error }, "the database was lost while its tables were prepared");
    }
  }
}

/** Retries work while the database is temporarily unavailable; throws when the time for the start is over. */
async function untilDone<Result>(work: () => Promise<Result>): Promise<Result> {
  const { DATABASE_URL: url, MUSTER_START_WAIT } = env();
  const end = Date.now() + MUSTER_START_WAIT * 1000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const why = whyNotNow(error);
      if (why === null || Date.now() >= end) throw error;
      log().warn({ reason: why }, "the database was lost during the start");
      const seconds = Math.max(0, (end - Date.now()) / 1000);
      await waitForDatabase({ url, name: databaseName, seconds, print: printLine, signal: leaving.signal });
    }
  }
}

async function checkSecret(): Promise<void> {
  const why = await whySecretIsWrong();
  if (why !== null) throw new StartError(why);
}

/** Every connection, including upgraded ones, which Node's own list loses. */
const connections = new Set<Socket>();

function watch(server: Server, dev: boolean): void {
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  // Muster speaks nothing but HTTP; in development Next handles the upgrade that reloads its pages.
  server.on("upgrade", ({ url }: IncomingMessage, socket: Duplex) => {
    if (!dev || !url?.startsWith("/_next/")) socket.destroy();
  });
}

/** Next looks for a server on which to listen for upgrades; in production it gets one that never emits any. */
function upgradesFor(server: Server, dev: boolean): Server {
  return dev ? server : (new EventEmitter() as Server);
}

/** Takes the port first, so that nothing else is started in vain if that fails. */
async function listen(listener: Listener): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 60_000 }, listener);
  watch(server, isDev);
  const port = Number(process.env.PORT || 3000);
  const host = process.env.HOST || "0.0.0.0";
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE" ? "is taken: stop what uses it" : `can't be used on ${host} (${error.code})`;
      reject(new StartError(`Port ${port} ${why}, or set PORT to another one.`));
    });
    server.listen(port, host, resolve);
  });
  process.env.PORT = String((server.address() as AddressInfo).port);
  return server;
}

function checkSettings(): void {
  try {
    const placeholders = { DATABASE_URL: "postgresql://localhost/muster", MUSTER_SECRET: "x".repeat(32) };
    const isEmbedded = !process.env.DATABASE_URL;
    const given: Record<string, string | undefined> = {
      ...process.env,
      ...(isEmbedded && { DATABASE_URL: placeholders.DATABASE_URL }),
    };
    if (isEmbedded) given.MUSTER_SECRET ||= placeholders.MUSTER_SECRET;
    parseEnv(given);
  } catch (error) {
    throw new StartError((error as Error).message);
  }
}

/** The embedded database, set before it has started, so that it can be stopped while it starts. */
let embedded: Promise<EmbeddedPostgres | null> = Promise.resolve(null);

/** Aborts whatever the start is waiting for. */
export const leaving = new AbortController();

/** What is running, in the order in which it ends: jobs first, then running requests, then remaining connections. */
const running: {
  record?: ServerRecord;
  worker?: { stop: () => Promise<void> };
  server?: Server;
  next?: { close: () => Promise<void> };
} = {};

/** Milliseconds for a load balancer to notice that the server is leaving. A terminal has no load balancer. */
const farewell = { SIGTERM: 1_000, SIGHUP: 0, SIGINT: 0 };

function stepsToLeave(signal: keyof typeof farewell): Step[] {
  leaving.abort();
  const { worker, server, next: pages } = running;
  let closed = Promise.resolve();
  const close = async () => {
    await sleep(worker ? farewell[signal] : 0);
    if (server?.listening) closed = closeGently(server);
  };
  return [
    { name: "farewell", seconds: 2, run: close },
    { name: "jobs and requests", seconds: 10, run: () => Promise.all([worker?.stop(), closed]) },
    {
      name: "connections",
      seconds: 1,
      run: () => {
        for (const socket of connections) socket.destroy();
        return closed;
      },
    },
    { name: "pages", seconds: 2, run: () => pages?.close() },
    { name: "request log", seconds: 1, run: () => worker && flushRequestLog() },
    { name: "record", seconds: 2, run: () => running.record?.stopped() },
    { name: "pool", seconds: 2, run: () => worker && closeDatabase() },
    { name: "database", seconds: 5, run: async () => (await embedded.catch(() => null))?.release() },
  ];
}

/** Milliseconds for requests that are already on their way on an open connection. */
const lastRequests = 500;

/** Accepts no more connections. Unlike Node's own `close`, doesn't close idle ones at once: a request may be on its way. */
function closeGently(server: Server): Promise<void> {
  const closed = new Promise<void>((done) => {
    // After the event loop has accepted the connections that were waiting.
    setImmediate(() => NetServer.prototype.close.call(server, () => done()));
  });
  setTimeout(() => server.closeIdleConnections(), lastRequests);
  return closed;
}

function checkBuild(): void {
  if (isDev || existsSync(".next/BUILD_ID")) return;
  throw new StartError("The pages are not built: run npm run build in the folder of Muster, or npm start.");
}

function sayThatItRuns(record: ServerRecord): void {
  const beat = () => record.seen().catch((error: unknown) => log().warn({ err: error }, "could not say that it runs"));
  setInterval(() => void beat(), beatSeconds * 1000).unref();
}

async function main(): Promise<void> {
  // Output that can't be written is lost: a full disk or a closed reader is no reason to exit.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
  checkSettings();
  checkBuild();
  ownMigrations();
  leaveOnSignal(stepsToLeave, async () => (await embedded.catch(() => null))?.releaseAtOnce());
  let answer: Listener = answerEarly;
  const server = await listen((request, response) => answer(request, response));
  running.server = server;
  watchLoop();
  const leaveUnwell = () => leaveNow(() => stepsToLeave("SIGINT"), 1);
  watchUncaught(leaveUnwell);
  embedded = openDatabase();
  await withPatience(embedded, "it is starting"); // after a crash, PostgreSQL first replays its log
  await prepareDatabase();
  await untilDone(checkSecret);
  leaving.signal.throwIfAborted();
  const isEmbedded = (await embedded) !== null;
  running.record = await untilDone(() => recordServer(isEmbedded));
  sayThatItRuns(running.record);
  const settings = env();
  await openMetricsPort(settings);
  const app = next({
    dev: isDev,
    hostname: settings.HOST,
    port: settings.PORT,
    httpServer: upgradesFor(server, isDev),
  });
  const toNext = app.getRequestHandler();
  await app.prepare();
  running.next = app;
  watchUncaught(leaveUnwell); // Next has added its own listeners
  leaving.signal.throwIfAborted();
  running.worker = startWorker();
  leaving.signal.throwIfAborted();

  answer = (request, response) => {
    watchRequest(request, response);
    if (isLeaving() && answerLeaving(request, response)) return;
    const url = request.url ?? "/";
    const address = remoteAddress(request);
    const scim = findScimTarget(url);
    if (scim === null && answerMetrics(request, response)) return;
    if (scim) return answerInTime(request, response, () => answerNode(request, response, scim, address));
    const nonsense = whyNonsense(request.method ?? "GET", url);
    if (nonsense) return refuseTarget(response, nonsense);
    // Pages can't see the socket; any values that a client sends in these headers are overwritten.
    markThisMachine(request); // first, because it looks for headers that say where a request came from
    request.headers["x-remote-address"] = address;
    request.headers["x-path"] = url;
    asOurHost(request);
    answerInTime(request, response, () => toNext(request, response));
  };

  process.stdout.write(`\n  Muster runs at ${settings.MUSTER_URL}\n`);
  if (await untilDone(isEmpty)) process.stdout.write(`  Set it up:     ${setupLink()}\n`);
  process.stdout.write("\n");
}

main().catch(async (error: unknown) => {
  if (isLeaving()) return; // the shutdown interrupted it
  await leave([
    { name: "record", seconds: 2, run: () => running.record?.stopped() },
    { name: "database", seconds: 5, run: async () => (await embedded.catch(() => null))?.release() },
  ]);
  if (error instanceof StartError) fail(error.message);
  if (isOfDatabase(error)) fail(databaseLine(error, process.env.DATABASE_URL ?? "", databaseName));
  fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
});
