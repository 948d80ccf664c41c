import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reachBy } from "@/e2e/support/reach";
import { run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { openWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { createWebhook, updateWebhook } from "@/lib/workspace/webhooks/webhooks";
import { countRequest } from "./metrics";
import { serveMetrics } from "./serve";

let server: Server;
beforeAll(async () => {
  server = await serveMetrics(0, "127.0.0.1");
});
afterAll(() => {
  server.close();
});

async function scrape(): Promise<Map<string, number>> {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

test("A1 metrics include the pool's use, requests by adapter and operation, queues and the process", async () => {
  await run(sql`SELECT 1`);
  countRequest("GET", "/scim/v2/Users?count=1", performance.now() - 20, 200);
  const series = await scrape();
  expect(series.get('muster_database_pool_connections{state="size"}')).toBe(env().DATABASE_POOL);
  expect(series.get('muster_database_pool_connections{state="open"}')).toBeGreaterThan(0);
  expect(series.get("muster_database_pool_waiting")).toBe(0);
  expect(series.get('muster_http_requests_total{adapter="scim",operation="GET /Users",status="200"}')).toBe(1);
  const bucket = (le: string) =>
    series.get(`muster_http_request_duration_seconds_bucket{le="${le}",adapter="scim",operation="GET /Users"}`);
  expect([bucket("0.01"), bucket("25")]).toEqual([0, 1]);
  for (const queue of ["mail", "webhooks", "domains"])
    expect(series.get(`muster_queue_due_rows{queue="${queue}"}`), queue).toBeGreaterThanOrEqual(0);
  expect(series.get("muster_database_up")).toBe(1);
  expect(series.get("process_resident_memory_bytes")).toBeGreaterThan(0);
});

test("the age of what is due, and each workspace's last hour", async () => {
  const workspace = await openWorkspace("metrics");
  await run(
    sql`UPDATE "Mail" SET "notBefore" = now() - interval '100 seconds' WHERE "workspaceId" = ${workspace.id} AND state = 'pending'`,
  );
  await workspace.scim("POST", "/Users", userBody(`new@${workspace.domain}`));
  await workspace.scim("POST", "/Users", userBody(`new@${workspace.domain}`));
  await workspace.scim("GET", "/Users");
  await flushRequestLog();
  const series = await scrape();
  const label = `{workspace="${workspace.slug}"}`;
  expect(series.get(`muster_sync_requests_last_hour${label}`)).toBe(3);
  expect(series.get(`muster_sync_changes_last_hour${label}`)).toBe(2);
  expect(series.get(`muster_sync_refused_changes_last_hour${label}`)).toBe(1);
  expect(series.get(`muster_sync_quiet_seconds${label}`)).toBeLessThan(60);
  expect(series.get('muster_queue_oldest_seconds{queue="mail"}')).toBeGreaterThan(90);
});

test("deliveries of a webhook that is off aren't late", async () => {
  const { operator, scim, domain, id } = await openWorkspace("metrics-webhooks");
  env().MUSTER_OUTGOING_LOOPBACK = "on";
  const { webhook } = await createWebhook(operator, { url: "http://localhost:9/hook", description: "", events: [] });
  await scim("POST", "/Users", userBody(`new@${domain}`));
  await run(sql`UPDATE "WebhookDelivery" SET "notBefore" = now() - interval '1 hour' WHERE "workspaceId" = ${id}`);
  const seconds = async () => (await scrape()).get('muster_queue_oldest_seconds{queue="webhooks"}');
  expect(await seconds()).toBeGreaterThan(3_000);
  await updateWebhook(operator, webhook.id, { enabled: false });
  expect(await seconds()).toBe(0);
});

test("without its database the process still tells what it knows", async () => {
  const direct = env().DATABASE_URL;
  await reachBy("postgresql://nobody@127.0.0.1:1/none");
  const series = await scrape();
  expect(series.get("muster_database_up")).toBe(0);
  expect([...series.keys()].some((key) => key.startsWith("muster_queue_due_rows"))).toBe(false);
  expect(series.get('muster_queue_set_aside_rows_total{queue="mail"}')).toBe(0);
  expect(series.has("muster_worker_lag_seconds"), "no worker has started here").toBe(false);
  await reachBy(direct);
  expect((await scrape()).get("muster_database_up")).toBe(1);
});
