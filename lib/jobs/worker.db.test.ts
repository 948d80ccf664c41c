import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type DnsServer, openDnsServer } from "@/e2e/support/dns-server";
import { type MailServer, openMailServer } from "@/e2e/support/mail-server";
import { openRoughMailServer } from "@/e2e/support/rough-mail-server";
import { openWebhookReceiver, type WebhookReceiver } from "@/e2e/support/webhook-receiver";
import { one, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { openWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { addDomain } from "@/lib/workspace/domains/domains";
import { newId } from "@/lib/workspace/id";
import { createWebhook } from "@/lib/workspace/webhooks/webhooks";
import { migrate } from "@/scripts/database/migrate";
import { startWorker } from "./worker";

// The worker as a server runs it.

let dns: DnsServer;
let mails: MailServer;
let receiver: WebhookReceiver;
let worker: ReturnType<typeof startWorker>;

beforeAll(async () => {
  [dns, mails, receiver] = await Promise.all([openDnsServer(), openMailServer(), openWebhookReceiver()]);
  Object.assign(env(), { MUSTER_INVITE_DELAY: 0, MUSTER_OUTGOING_LOOPBACK: "on", MUSTER_DNS_SERVERS: [dns.address] });
  await migrate(process.env.DATABASE_URL ?? "");
  worker = startWorker();
});
afterAll(async () => {
  await worker.stop();
  receiver.close();
  await Promise.all([dns.close(), mails.close()]);
});

test("A9 a record that comes seconds after the first check is seen by the next one", async () => {
  const { operator } = await openWorkspace("worker");
  const { id, name, record } = await addDomain(operator, "soon.test");
  const row = () => one<{ state: string; checks: number }>(sql`SELECT state, checks FROM "Domain" WHERE id = ${id}`);
  await vi.waitFor(async () => expect(await row()).toMatchObject({ state: "pending", checks: 1 }), 15_000);
  dns.set(name, { kind: "empty" });
  dns.set(record.fullName, { kind: "txt", values: [record.value] });
  await vi.waitFor(async () => expect(await row()).toMatchObject({ state: "verified" }), 25_000);
}, 60_000);

test("A8 emails leave by themselves soon after the mail server is back", async () => {
  const rough = await openRoughMailServer();
  rough.behave("greets with 421");
  env().SMTP_URL = rough.url;
  const { scim, slug } = await openWorkspace("worker");
  await scim("POST", "/Users", userBody(`guest@${slug}.example`));
  await vi.waitFor(() => expect(rough.connections()).toBeGreaterThan(0), 15_000);
  env().SMTP_URL = mails.url;
  await vi.waitFor(() => expect(mails.mails.flatMap(({ to }) => to)).toContain(`guest@${slug}.example`), 30_000);
  await rough.close();
}, 60_000);

test("A4 a delivery that failed is tried again after five seconds", async () => {
  const { operator, scim, domain } = await openWorkspace("worker");
  receiver.answerWith({ status: 500 });
  await createWebhook(operator, { url: `${receiver.url}/hook`, description: "", events: ["membership.created"] });
  await scim("POST", "/Users", userBody(`lin@${domain}`));
  await vi.waitFor(() => expect(receiver.received.length).toBeGreaterThan(0), 15_000);
  await vi.waitFor(() => expect(receiver.received.length).toBeGreaterThan(1), 25_000);
}, 60_000);

test("an email that another process has written leaves within ten seconds", async () => {
  env().SMTP_URL = mails.url;
  const { id } = await openWorkspace("worker");
  const waiting = () => one(sql`SELECT 1 FROM "Mail" WHERE state = 'pending' AND "notBefore" <= now()`);
  await vi.waitFor(async () => expect(await waiting()).toBeNull(), { timeout: 20_000, interval: 200 });
  await new Promise((resolve) => setTimeout(resolve, 1_000)); // nothing wakes the worker any more
  const data = { workspace: "Worker", slug: "worker", percent: "80", used: "4", limit: "5" };
  await run(sql`
    INSERT INTO "Mail" (id, "workspaceId", "dedupeKey", kind, "to", "toKey", data)
    VALUES (${newId()}, ${id}, 'from afar', 'seats_used', 'afar@x.test', 'afar@x.test', ${JSON.stringify(data)})`);
  const state = () => one<{ state: string }>(sql`SELECT state FROM "Mail" WHERE "dedupeKey" = 'from afar'`);
  await vi.waitFor(async () => expect((await state())?.state).toBe("sent"), { timeout: 12_000, interval: 200 });
}, 40_000);
