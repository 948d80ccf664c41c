import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { poolUse } from "@/lib/database/pool";
import { worker } from "@/lib/jobs/worker";
import { log } from "@/lib/log";
import { uncaught } from "@/lib/process/uncaught";
import { requestLogState } from "@/lib/provisioning/http/request-log";
import { listSetAside, queueNames } from "@/lib/set-aside";
import { findDue, findQuiet, findSync } from "./gather";
import { operationOf } from "./operation";

/*
 * The metrics of a process, for Prometheus. Only server.ts may import this: Next's bundle has its own copy of each module, with its own
 * counters.
 */

const registry = new Registry();
const registers = [registry];
collectDefaultMetrics({ register: registry });

const requests = new Counter({
  name: "muster_http_requests_total",
  help: "Requests that were answered, by adapter, operation and status.",
  labelNames: ["adapter", "operation", "status"],
  registers,
});

const durations = new Histogram({
  name: "muster_http_request_duration_seconds",
  help: "Seconds from the head of a request to the end of its answer.",
  labelNames: ["adapter", "operation"],
  // A lookup takes a millisecond; no request takes longer than 25 seconds.
  buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25],
  registers,
});

/** Counts a request when its answer has ended, as 499 if the client is gone. */
export function countRequest(method: string, target: string, began: number, status: number): void {
  const labels = operationOf(method, target, status);
  requests.inc({ ...labels, status }, 1);
  durations.observe(labels, (performance.now() - began) / 1_000);
}

const gauge = (name: string, help: string, labelNames: string[] = []) =>
  new Gauge({ name, help, labelNames, registers });

const pool = gauge("muster_database_pool_connections", "Connections of the pool: size, open, used.", ["state"]);
const poolWaiting = gauge("muster_database_pool_waiting", "Requests that wait for a connection.");
const isUp = gauge("muster_database_up", "1 if the database answered this scrape, else 0.");
const dueRows = gauge("muster_queue_due_rows", "Rows that are due and not taken yet.", ["queue"]);
const dueSeconds = gauge("muster_queue_oldest_seconds", "Seconds for which the oldest of them has been due.", [
  "queue",
]);
// Every queue is there from the start: the increase from nothing to one row is what the alert looks for.
const setAside = new Counter({
  name: "muster_queue_set_aside_rows_total",
  help: "Rows that could not be processed.",
  labelNames: ["queue"],
  registers,
});
const logWaiting = gauge("muster_request_log_waiting_rows", "Rows of the request log that are not written yet.");
const logFailing = gauge(
  "muster_request_log_failing_seconds",
  "Seconds for which it could not be written; 0 if it can.",
);
const workerLag = gauge("muster_worker_lag_seconds", "Seconds since the worker last looked for work.");
const rejections = new Counter({
  name: "muster_unhandled_rejections_total",
  help: "Promise rejections that nothing handled.",
  registers,
});

const perWorkspace = ["workspace"];
const sync = {
  requests: gauge("muster_sync_requests_last_hour", "SCIM requests within the last hour.", perWorkspace),
  changes: gauge("muster_sync_changes_last_hour", "SCIM writes within the last hour.", perWorkspace),
  refused: gauge("muster_sync_refused_changes_last_hour", "SCIM writes that were refused.", perWorkspace),
  unauthorized: gauge("muster_sync_unauthorized_last_hour", "Requests with a revoked or expired token.", perWorkspace),
};
const quiet = gauge(
  "muster_sync_quiet_seconds",
  "Seconds since the identity provider last sent something.",
  perWorkspace,
);

function readProcess(): void {
  const { waiting, ...connections } = poolUse();
  for (const [state, count] of Object.entries(connections)) pool.set({ state }, count);
  poolWaiting.set(waiting);
  const setAsideRows = listSetAside();
  setAside.reset();
  for (const queue of queueNames) setAside.inc({ queue }, setAsideRows[queue]?.count ?? 0);
  const { waiting: rows, failingFor } = requestLogState();
  logWaiting.set(rows);
  logFailing.set(failingFor);
  const lag = worker()?.lag();
  if (lag === undefined)
    workerLag.remove(); // it hasn't started
  else workerLag.set(lag);
  rejections.reset();
  rejections.inc(uncaught().rejections);
}

/** Metrics that come from the database. While it is away, these series are absent. */
async function readDatabase(): Promise<void> {
  const gauges = [dueRows, dueSeconds, quiet, ...Object.values(sync)];
  for (const one of gauges) one.reset();
  try {
    const [due, workspaces, silent] = await Promise.all([findDue(), findSync(), findQuiet()]);
    for (const { queue, rows, seconds } of due) {
      dueRows.set({ queue }, rows);
      dueSeconds.set({ queue }, seconds);
    }
    for (const { workspace, ...counts } of workspaces) {
      for (const [name, count] of Object.entries(counts)) sync[name as keyof typeof sync].set({ workspace }, count);
    }
    for (const { workspace, seconds } of silent) quiet.set({ workspace }, seconds);
    isUp.set(1);
  } catch (error) {
    log().warn({ err: error }, "metrics of the database could not be read");
    isUp.set(0);
  }
}

/** Everything in the text format of Prometheus, with its content type. */
export async function readMetrics(): Promise<{ type: string; text: string }> {
  readProcess();
  await readDatabase();
  return { type: registry.contentType, text: await registry.metrics() };
}
