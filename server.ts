import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import next from "next";
import { closeDatabase } from "@/lib/db";
import { env, parseEnv } from "@/lib/env";
import { answerInTime } from "@/lib/in-time";
import { startWorker } from "@/lib/jobs/worker";
import { leaveNow, leaveOnSignal, type Step } from "@/lib/leaving";
import { log } from "@/lib/log";
import { watchLoop } from "@/lib/loop";
import { answerNode, findScimTarget } from "@/lib/provisioning/node-door";
import { flushRequestLog } from "@/lib/provisioning/request-log";
import { ownMigrations } from "@/lib/readiness";
import { type Refused, refuse } from "@/lib/refuse";
import { remoteAddress } from "@/lib/remote-address";
import { type Nonsense, whyNonsense } from "@/lib/request-target";
import { recordServer, type ServerRecord } from "@/lib/server-record";
import { setupLink } from "@/lib/setup-link";
import { markThisMachine } from "@/lib/this-machine";
import { watchUncaught } from "@/lib/uncaught";
import { isEmpty } from "@/lib/workspace/workspaces";
import { type EmbeddedPostgres, keptSecret, openEmbeddedPostgres, StartError } from "@/scripts/embedded-postgres";
import { prepareTables } from "@/scripts/migrate";

/** How often a server says that it runs. */
const beatSeconds = 60;

const isDev = process.argv.includes("--dev");

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

async function openDatabase(): Promise<EmbeddedPostgres | null> {
  if (process.env.DATABASE_URL) return null;
  const folder = process.env.MUSTER_DATA_DIR || ".data";
  const embedded = await openEmbeddedPostgres(folder);
  process.env.DATABASE_URL = embedded.url;
  process.env.MUSTER_SECRET ||= keptSecret(folder);
  return embedded;
}

async function migrateDatabase(): Promise<void> {
  try {
    const applied = await prepareTables(env().DATABASE_URL);
    if (applied.length > 0) log().info({ applied }, "migrations applied");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(
      `The database of DATABASE_URL can't be used (${code ?? "error"}: ${message}). Check that it runs and that the address is right.`,
    );
  }
}

/** Every connection, also those that were upgraded: Node's own list loses sight of these. */
const connections = new Set<Socket>();

function watch(server: Server, dev: boolean): void {
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  // Nobody here speaks anything but HTTP; in development Next takes over what reloads its pages.
  server.on("upgrade", ({ url }: IncomingMessage, socket: Duplex) => {
    if (!dev || !url?.startsWith("/_next/")) socket.destroy();
  });
}

/** Next looks for a server of its own to listen for upgrades on; in production it gets one that never hears of any. */
function upgradesFor(server: Server, dev: boolean): Server {
  return dev ? server : (new EventEmitter() as Server);
}

/** Takes the port first: what else would fail after it should not have been started. */
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

/** Says what is wrong with a request line in a sentence. */
function refuseTarget(response: ServerResponse, { status, detail, allow }: Nonsense): void {
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    connection: "close",
    ...(allow !== undefined && { allow }),
  };
  response.writeHead(status, headers).end(`${detail}\n`);
}

/**
 * Next and next-auth see one host, that of MUSTER_URL, whatever a client or a proxy wrote: nothing they say leads elsewhere. Pages
 * find the one that was asked for in `x-asked-host`.
 */
function asOurHost({ headers }: IncomingMessage): void {
  const { host, protocol } = new URL(env().MUSTER_URL);
  headers["x-asked-host"] = headers.host ?? "";
  headers.host = host;
  for (const name of Object.keys(headers)) if (/^(x-forwarded-|forwarded$)/.test(name)) delete headers[name];
  headers["x-forwarded-proto"] = protocol.slice(0, -1);
}

/** The embedded database, as soon as somebody wants it: also one that still starts is stopped. */
let embedded: Promise<EmbeddedPostgres | null> = Promise.resolve(null);
let stopping = false;

const starting: Refused = {
  status: 503,
  code: "starting",
  detail: "Muster is starting. Nothing was changed; try again in a moment.",
  retryAfter: 2,
};

/** What is running by now, in the order in which it ends: jobs first, then requests under way, then whoever still holds a connection. */
const running: {
  record?: ServerRecord;
  worker?: { stop: () => Promise<void> };
  server?: Server;
  next?: { close: () => Promise<void> };
} = {};

function stepsToLeave(): Step[] {
  stopping = true;
  const { worker, server, next: pages } = running;
  const closed = new Promise<void>((done) => (server?.listening ? server.close(() => done()) : done()));
  return [
    { name: "jobs", seconds: 7, run: () => worker?.stop() },
    { name: "requests", seconds: 10, run: () => closed },
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
    { name: "database", seconds: 4, run: async () => (await embedded)?.release() },
  ];
}

async function main(): Promise<void> {
  checkSettings();
  ownMigrations();
  leaveOnSignal(stepsToLeave, async () => (await embedded)?.releaseAtOnce());
  let answer: Listener = (request, response) => {
    if (request.url === "/livez") response.writeHead(200, { "cache-control": "no-store" }).end();
    else refuse(request, response, starting);
  };
  const server = await listen((request, response) => answer(request, response));
  running.server = server;
  watchLoop();
  watchUncaught(() => leaveNow(stepsToLeave, 1));
  embedded = openDatabase();
  await embedded;
  await migrateDatabase();
  const settings = env();
  const app = next({
    dev: isDev,
    hostname: settings.HOST,
    port: settings.PORT,
    httpServer: upgradesFor(server, isDev),
  });
  const toNext = app.getRequestHandler();
  await app.prepare();
  running.next = app;
  watchUncaught(() => leaveNow(stepsToLeave, 1)); // Next has added listeners of its own
  running.worker = await startWorker();

  answer = (request, response) => {
    if (stopping) response.setHeader("connection", "close");
    const url = request.url ?? "/";
    const address = remoteAddress(request);
    const scim = findScimTarget(url);
    if (scim) return answerInTime(request, response, () => answerNode(request, response, scim, address));
    const nonsense = whyNonsense(request.method ?? "GET", url);
    if (nonsense) return refuseTarget(response, nonsense);
    // Pages can't see the socket; what a client writes into these is overwritten.
    markThisMachine(request); // first: it looks for headers that say where a request came from
    request.headers["x-remote-address"] = address;
    request.headers["x-path"] = url;
    asOurHost(request);
    answerInTime(request, response, () => toNext(request, response));
  };

  const record = await recordServer((await embedded) !== null);
  running.record = record;
  const beat = () => record.seen().catch((error: unknown) => log().warn({ err: error }, "could not say that it runs"));
  setInterval(() => void beat(), beatSeconds * 1000).unref();

  process.stdout.write(`\n  Muster runs at ${settings.MUSTER_URL}\n`);
  if (await isEmpty()) process.stdout.write(`  Set it up:     ${setupLink()}\n`);
  process.stdout.write("\n");
}

main().catch(async (error: unknown) => {
  if (stopping) return; // what it was at was taken away from it
  await (await embedded.catch(() => null))?.release();
  if (error instanceof StartError) fail(error.message);
  fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
});
