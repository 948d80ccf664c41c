import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type DnsServer, openDnsServer } from "@/e2e/support/dns-server";
import { openWebhookReceiver, type WebhookReceiver } from "@/e2e/support/webhook-receiver";
import { all, one, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { listSetAside } from "@/lib/set-aside";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { addDomain } from "@/lib/workspace/domains/domains";
import { pauses } from "@/lib/workspace/webhooks/deliveries";
import { findDelivery, listDeliveries } from "@/lib/workspace/webhooks/log";
import { createWebhook } from "@/lib/workspace/webhooks/webhooks";
import { finishDomainChecks, startDomainChecks } from "./domains";
import { announceTokenExpiry } from "./token-expiry";
import { finishDeliveries, startDeliveries } from "./webhooks";

// One delivery, one domain, one token that can't be handled fails by itself, and the others go on.

let workspace: TestWorkspace;
let receiver: WebhookReceiver;
let dns: DnsServer;

beforeAll(async () => {
  env().MUSTER_OUTGOING_LOOPBACK = "on";
  [receiver, dns] = await Promise.all([openWebhookReceiver(), openDnsServer()]);
  env().MUSTER_DNS_SERVERS = [dns.address];
});
afterAll(async () => {
  receiver.close();
  await dns.close();
});
beforeEach(async () => {
  workspace = await openWorkspace("poison");
});

const countOf = (queue: "webhooks" | "domains" | "tokens") => listSetAside()[queue]?.count ?? 0;

describe("A4 webhooks", () => {
  beforeEach(async () => {
    await run(sql`DELETE FROM "Webhook"`);
    receiver.received.length = 0;
    receiver.answerWith({ status: 204 });
  });

  const make = (path: string) =>
    createWebhook(workspace.operator, { url: `${receiver.url}/${path}`, description: path, events: [] });

  async function deliver(): Promise<void> {
    await run(sql`UPDATE "WebhookDelivery" SET "notBefore" = now() - interval '1 second' WHERE state = 'pending'`);
    await startDeliveries();
    await finishDeliveries();
  }

  const add = (name: string) => workspace.scim("POST", "/Users", userBody(`${name}@${workspace.domain}`));

  test.each<[string, (id: string) => Promise<number>, string]>([
    ["secret", (id) => run(sql`UPDATE "Webhook" SET "sealedSecret" = 'nonsense' WHERE id = ${id}`), "MUSTER_SECRET"],
    ["content", (id) => run(sql`UPDATE "WebhookDelivery" SET payload = 'null' WHERE "webhookId" = ${id}`), "content"],
    ["part", (id) => run(sql`UPDATE "WebhookDelivery" SET payload = '{}' WHERE "webhookId" = ${id}`), "content"],
    ["URL", (id) => run(sql`UPDATE "Webhook" SET url = 'https://[broken' WHERE id = ${id}`), ""],
  ])("A4 whose %s can't be read fail by themselves with the reason; another one's arrive", async (_, poison, words) => {
    const [bad, good] = [await make("bad"), await make("good")];
    for (const name of ["a", "b", "c", "d"]) await add(name);
    await poison(bad.webhook.id);
    await deliver();
    expect(receiver.received.map(({ path }) => path)).toEqual(["/good", "/good", "/good", "/good"]);
    expect((await listDeliveries(workspace.id, good.webhook.id, { state: "delivered" })).deliveries).toHaveLength(4);
    const rows = (await listDeliveries(workspace.id, bad.webhook.id, {})).deliveries;
    expect(rows.map(({ state, attempts }) => ({ state, attempts }))).toEqual(
      Array.from({ length: 4 }, () => ({ state: "pending", attempts: 1 })),
    );
    const [tried] = await all<{ detail: string }>(
      sql`SELECT detail FROM "WebhookAttempt" WHERE "deliveryId" = ${rows[0]?.id}`,
    );
    expect(tried?.detail).toContain(words);
    for (let n = 0; n < pauses.length + 1; n++) await deliver();
    const ended = (await listDeliveries(workspace.id, bad.webhook.id, {})).deliveries;
    expect(ended.every(({ state, attempts }) => state === "failed" && attempts === pauses.length + 1)).toBe(true);
  });

  test("A4 of which the database takes no try ends, counted", async () => {
    const { webhook } = await make("x");
    await add("a");
    await run(sql`ALTER TABLE "WebhookAttempt" ADD CONSTRAINT poison CHECK (status <> 204)`);
    const before = countOf("webhooks");
    await deliver();
    await run(sql`ALTER TABLE "WebhookAttempt" DROP CONSTRAINT poison`);
    expect((await listDeliveries(workspace.id, webhook.id, {})).deliveries).toMatchObject([{ state: "failed" }]);
    expect(countOf("webhooks")).toBe(before + 1);
  });

  test("F20 during whose tries the server ends each time are given up after ten", async () => {
    const { webhook } = await make("x");
    await add("a");
    await run(sql`UPDATE "WebhookDelivery" SET attempts = ${pauses.length + 1}`);
    await deliver();
    expect(receiver.received).toEqual([]);
    expect((await listDeliveries(workspace.id, webhook.id, {})).deliveries).toMatchObject([{ state: "failed" }]);
  });

  test.each(["", "a"])("A4 an answer that is cut inside an emoji (after %j) is kept", async (shift) => {
    receiver.answerWith({ status: 500, text: `${shift}${"😀".repeat(800)}\u0000` });
    const { webhook } = await make("x");
    await add("a");
    await deliver();
    const [row] = (await listDeliveries(workspace.id, webhook.id, {})).deliveries;
    const { log } = await findDelivery(workspace.id, webhook.id, row?.id ?? "");
    expect(log[0]?.detail).toMatch(/^a?(😀){249,250}$/u);
  });
});

describe("A4 domains", () => {
  beforeEach(() => run(sql`UPDATE "Domain" SET "nextCheckAt" = NULL`));

  const check = async () => {
    await run(sql`UPDATE "Domain" SET "nextCheckAt" = now() - interval '1 second' WHERE "nextCheckAt" IS NOT NULL`);
    await startDomainChecks();
    await finishDomainChecks();
  };
  const checksOf = async (id: string) =>
    (await one<{ checks: number }>(sql`SELECT checks FROM "Domain" WHERE id = ${id}`))?.checks;

  test("A4 names that no resolver can be asked for hold up no other", async () => {
    const names = ["a..b", "", `${"x".repeat(300)}.test`, "\\.test"];
    for (const [n, name] of names.entries()) {
      const { id } = await addDomain(workspace.operator, `odd${n}.${workspace.slug}.test`);
      await run(sql`UPDATE "Domain" SET name = ${name} WHERE id = ${id}`);
    }
    const fine = await addDomain(workspace.operator, `fine.${workspace.slug}.test`);
    await check();
    expect(await checksOf(fine.id)).toBeGreaterThan(0);
    const rows = await all<{ isLater: boolean }>(
      sql`SELECT "nextCheckAt" > now() AND checks > 0 AS "isLater" FROM "Domain" WHERE "workspaceId" = ${workspace.id} AND state = 'pending'`,
    );
    expect(rows).toEqual(names.concat("fine").map(() => ({ isLater: true })));
  });

  test.each(["\u0000", "\u0000\u0001\u0002", `${"😀".repeat(39)}a😀`])(
    "A4 a record that says %j is shown",
    async (value) => {
      const { id, name, record } = await addDomain(workspace.operator, `txt.${workspace.slug}.test`);
      dns.set(name, { kind: "empty" });
      dns.set(record.fullName, { kind: "txt", values: [value] });
      await check();
      expect(await one(sql`SELECT answer->>'outcome' AS outcome FROM "Domain" WHERE id = ${id}`)).toEqual({
        outcome: "different_value",
      });
    },
  );

  test("A4 one whose answer the database refuses is put off alone, counted", async () => {
    const bad = [];
    for (const n of [1, 2, 3, 4, 5]) bad.push(await addDomain(workspace.operator, `bad${n}.${workspace.slug}.test`));
    const fine = await addDomain(workspace.operator, `fine.${workspace.slug}.test`);
    await run(sql`ALTER TABLE "Domain" ADD CONSTRAINT poison CHECK (name NOT LIKE 'bad%' OR answer IS NULL)`);
    const before = countOf("domains");
    await check();
    await run(sql`ALTER TABLE "Domain" DROP CONSTRAINT poison`);
    expect(await checksOf(fine.id)).toBe(1);
    for (const { id } of bad) expect(await checksOf(id)).toBe(1);
    expect(countOf("domains")).toBe(before + 5);
  });
});

test("A4 a token that admins can't be told of holds up no other", async () => {
  const input = { scopes: ["user_management:read"], connection: null };
  for (const name of ["Fine 1", "Poison", "Fine 2"]) {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    await createAccessToken(workspace.operator, { ...input, name, expiresAt });
  }
  await run(sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '1 minute' WHERE "expiresAt" IS NOT NULL`);
  await run(
    sql`ALTER TABLE "AccessToken" ADD CONSTRAINT poison CHECK (name <> 'Poison' OR "expiryNotedAt" IS NULL) NOT VALID`,
  );
  const before = countOf("tokens");
  await announceTokenExpiry();
  await run(sql`ALTER TABLE "AccessToken" DROP CONSTRAINT poison`);
  const announced = await all<{ name: string }>(
    sql`SELECT name FROM "AccessToken" WHERE "workspaceId" = ${workspace.id} AND "expiryNotedAt" IS NOT NULL ORDER BY name`,
  );
  expect(announced).toEqual([{ name: "Fine 1" }, { name: "Fine 2" }]);
  expect(countOf("tokens")).toBe(before + 1);
});

test("A5 what takes long looks between two items whether it is to stop", async () => {
  const input = { scopes: ["user_management:read"], connection: null };
  for (const name of ["One", "Two"]) {
    await createAccessToken(workspace.operator, {
      ...input,
      name,
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });
  }
  await run(sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '1 minute' WHERE name IN ('One', 'Two')`);
  let looks = 0;
  await announceTokenExpiry(() => ++looks > 1);
  const announced = await all(
    sql`SELECT 1 FROM "AccessToken" WHERE "workspaceId" = ${workspace.id} AND "expiryNotedAt" IS NOT NULL`,
  );
  expect(announced.length).toBeLessThan(2);
});
