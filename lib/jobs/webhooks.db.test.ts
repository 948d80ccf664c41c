import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openWebhookReceiver, type WebhookReceiver } from "@/e2e/support/webhook-receiver";
import { inTransaction } from "@/lib/database/transaction";
import { all, one, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { eventOf, eventTypes, scopesToReceive } from "@/lib/workspace/audit/events";
import { record } from "@/lib/workspace/audit/record";
import { removeOld } from "@/lib/workspace/retention";
import { pauses, takeDelivery } from "@/lib/workspace/webhooks/deliveries";
import { findDelivery, listDeliveries, sendAgain } from "@/lib/workspace/webhooks/log";
import { rotateWebhookSecret } from "@/lib/workspace/webhooks/rotate";
import { sendTestEvent } from "@/lib/workspace/webhooks/test-event";
import { createWebhook, deleteWebhook, findWebhook, updateWebhook } from "@/lib/workspace/webhooks/webhooks";
import { finishDeliveries, startDeliveries } from "./webhooks";

let receiver: WebhookReceiver;
let slow: WebhookReceiver;
let workspace: TestWorkspace;

beforeAll(async () => {
  env().MUSTER_OUTGOING_LOOPBACK = "on";
  [receiver, slow] = [await openWebhookReceiver(), await openWebhookReceiver()];
});
afterAll(() => {
  receiver.close();
  slow.close();
});
beforeEach(async () => {
  await run(sql`DELETE FROM "Webhook"`);
  receiver.answerWith({ status: 204 });
  receiver.received.length = 0;
  workspace = await openWorkspace("hook");
});

async function deliver(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2)); // what was written now is due by the next millisecond
  await startDeliveries();
  await finishDeliveries();
}

/** The same as time going by. */
const makeDue = () =>
  run(sql`UPDATE "WebhookDelivery" SET "notBefore" = now() - interval '1 second' WHERE state = 'pending'`);

const make = (events: string[] = [], url = `${receiver.url}/hook`) =>
  createWebhook(workspace.operator, { url, description: "", events });

/** The deliveries of a webhook, newest first. */
const deliveriesOf = async (id: string) => (await listDeliveries(workspace.id, id, {})).deliveries;

const addPerson = (name: string) => workspace.scim("POST", "/Users", userBody(`${name}@${workspace.domain}`));

describe("events", () => {
  test("an event reaches the receiver once, signed as Standard Webhooks says, with who did what to whom", async () => {
    const { webhook, secret } = await make();
    const { body: person } = await addPerson("lin");
    await deliver();
    await deliver();
    expect(receiver.received).toHaveLength(1);
    const [{ headers, body, path }] = receiver.received as [WebhookReceiver["received"][number]];
    expect(path).toBe("/hook");
    expect(headers["content-type"]).toBe("application/json");
    const payload = new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(payload).toEqual({
      type: "membership.created",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      data: {
        workspace: { id: workspace.id, slug: workspace.slug },
        actor: { kind: "token", id: workspace.token.id, name: "IdP" },
        subject: { kind: "membership", id: person.id, name: `lin@${workspace.domain}` },
        before: null,
        after: { state: "active", role: "member", userName: `lin@${workspace.domain}` },
      },
    });
    const [delivery] = await deliveriesOf(webhook.id);
    expect(delivery).toMatchObject({ state: "delivered", attempts: 1, event: "membership.created" });
    expect(headers["webhook-id"]).toBe(delivery?.eventId);
    expect((await findDelivery(workspace.id, webhook.id, delivery?.id ?? "")).log).toEqual([
      { at: expect.any(String), status: 204, detail: null, durationMs: expect.any(Number) },
    ]);
  });

  test("a signature of another secret, another time or another body is none", async () => {
    const { secret } = await make();
    await addPerson("lin");
    await deliver();
    const [{ headers, body }] = receiver.received as [WebhookReceiver["received"][number]];
    const sent = headers as Record<string, string>;
    const other = await make();
    expect(() => new Webhook(other.secret).verify(body, sent)).toThrow();
    expect(() => new Webhook(secret).verify(`${body} `, sent)).toThrow();
    expect(() => new Webhook(secret).verify(body, { ...sent, "webhook-id": "other" })).toThrow();
    const old = String(Number(sent["webhook-timestamp"]) - 301);
    expect(() => new Webhook(secret).verify(body, { ...sent, "webhook-timestamp": old }), "T34").toThrow();
  });

  test("a webhook hears of the events that it was made for; a disabled one and another workspace's of none", async () => {
    const all_ = await make();
    const some = await make(["membership.suspended", "team.created"]);
    const off = await make();
    await updateWebhook(workspace.operator, off.webhook.id, { enabled: false });
    const other = await openWorkspace("hook");
    const foreign = await createWebhook(other.operator, { url: receiver.url, description: "", events: [] });
    const { body } = await addPerson("lin");
    await workspace.scim("PATCH", `/Users/${body.id}`, patchBody({ op: "replace", path: "active", value: false }));
    const heard = async (id: string) => (await deliveriesOf(id)).map(({ event }) => event).reverse();
    expect(await heard(all_.webhook.id)).toEqual(["membership.created", "membership.suspended", "membership.updated"]);
    expect(await heard(some.webhook.id)).toEqual(["membership.suspended"]);
    expect(await heard(off.webhook.id)).toEqual([]);
    expect((await listDeliveries(other.id, foreign.webhook.id, {})).deliveries).toEqual([]);
  });

  test("what is rolled back tells nobody", async () => {
    const { webhook } = await make();
    const fails = inTransaction("fails", async (tx) => {
      record(tx, workspace.operator, "team.created", { kind: "team", id: "x" });
      throw new Error("no");
    });
    await expect(fails).rejects.toThrow("no");
    expect(await deliveriesOf(webhook.id)).toEqual([]);
  });

  test("each webhook gets the message under one id, and each delivery has its own", async () => {
    const [first, second] = [await make(), await make()];
    await addPerson("lin");
    const [[a], [b]] = [await deliveriesOf(first.webhook.id), await deliveriesOf(second.webhook.id)];
    expect(a?.eventId).toBe(b?.eventId);
    expect(a?.id).not.toBe(b?.id);
    expect(a?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("actions that are not public have no event; every event takes a scope to hear", () => {
    expect(["webhook.created", "membership.role_kept", "oauth.consent_given", "constructor"].map(eventOf)).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(eventOf("workspace.seat_limit_changed")).toBe("seat.limit_changed");
    for (const type of eventTypes) expect(scopesToReceive([type]), type).toHaveLength(1);
    expect(scopesToReceive([])).toEqual(["user_management:read", "workspace:read", "domain:read", "audit_log:read"]);
  });

  test("a test event goes to its one webhook", async () => {
    const [first, second] = [await make(["team.created"]), await make()];
    await sendTestEvent(workspace.operator, first.webhook.id);
    await deliver();
    expect(receiver.received.map(({ body }) => JSON.parse(body).type)).toEqual(["webhook.test"]);
    expect(await deliveriesOf(second.webhook.id)).toEqual([]);
  });
});

describe("secrets", () => {
  test("after a rotation both sign until the overlap ends", async () => {
    const { webhook, secret: old } = await make();
    const { secret: fresh } = await rotateWebhookSecret(workspace.operator, webhook.id, "24h");
    await addPerson("lin");
    await deliver();
    await run(sql`UPDATE "Webhook" SET "previousUntil" = now() - interval '1 second'`);
    await addPerson("max");
    await deliver();
    const [during, after] = receiver.received;
    const verify = (secret: string, sent: typeof during) =>
      new Webhook(secret).verify(sent?.body ?? "", sent?.headers as Record<string, string>);
    expect(String(during?.headers["webhook-signature"]).split(" ")).toHaveLength(2);
    for (const secret of [old, fresh]) expect(() => verify(secret, during)).not.toThrow();
    expect(() => verify(fresh, after)).not.toThrow();
    expect(() => verify(old, after)).toThrow();
  });

  test("while both sign, another rotation is refused unless nothing old is to go on", async () => {
    const { webhook, secret: first } = await make();
    const { secret: second } = await rotateWebhookSecret(workspace.operator, webhook.id, "24h");
    const again = rotateWebhookSecret(workspace.operator, webhook.id, "24h");
    await expect(again).rejects.toMatchObject({ detail: expect.stringContaining("keeps signing until") });
    await addPerson("lin");
    await deliver();
    const { secret: third } = await rotateWebhookSecret(workspace.operator, webhook.id, "now");
    await addPerson("max");
    await deliver();
    const verify = (secret: string, at: number) => () => {
      const sent = receiver.received[at];
      new Webhook(secret).verify(sent?.body ?? "", sent?.headers as Record<string, string>);
    };
    for (const secret of [first, second]) expect(verify(secret, 0)).not.toThrow();
    for (const secret of [first, second]) expect(verify(secret, 1)).toThrow();
    expect(verify(third, 1)).not.toThrow();
  });

  test("rotated for now, the old secret signs nothing any more", async () => {
    const { webhook, secret: old } = await make();
    await rotateWebhookSecret(workspace.operator, webhook.id, "now");
    await addPerson("lin");
    await deliver();
    const [sent] = receiver.received;
    expect(() => new Webhook(old).verify(sent?.body ?? "", sent?.headers as Record<string, string>)).toThrow();
  });

  test("T01 neither tables nor answers hold a secret", async () => {
    const { webhook, secret } = await make();
    const rotated = await rotateWebhookSecret(workspace.operator, webhook.id, "7d");
    await addPerson("lin");
    await deliver();
    const rows = await all<{ row: string }>(sql`
      SELECT w::text AS row FROM "Webhook" w UNION ALL SELECT d::text FROM "WebhookDelivery" d UNION ALL SELECT e::text FROM "AuditEvent" e`);
    const texts = [...rows.map(({ row }) => row), JSON.stringify(await findWebhook(workspace.id, webhook.id))].join();
    for (const text of [secret, rotated.secret]) expect(texts).not.toContain(text.slice("whsec_".length, 20));
  });

  test("with another MUSTER_SECRET a delivery fails and says so, and nothing else stops", async () => {
    const { webhook } = await make();
    await run(sql`UPDATE "Webhook" SET "sealedSecret" = 'AAAA' WHERE id = ${webhook.id}`);
    const other = await make();
    await addPerson("lin");
    await deliver();
    expect((await deliveriesOf(webhook.id))[0]).toMatchObject({ state: "pending", attempts: 1 });
    expect((await deliveriesOf(other.webhook.id))[0]).toMatchObject({ state: "delivered" });
  });
});

describe("failures", () => {
  test.each([500, 404, 302, 301, 300])(
    "an answer of %i is tried again, ten times in three days, and has failed then",
    async (status) => {
      receiver.answerWith({ status, text: "no\u0000 \u001b[31m".repeat(400) });
      const { webhook } = await make();
      await addPerson("lin");
      const waits: number[] = [];
      for (let tries = 1; tries <= pauses.length + 1; tries++) {
        await makeDue();
        await deliver();
        const row = await one<{ wait: number }>(
          sql`SELECT extract(epoch FROM "notBefore" - now())::float8 AS wait FROM "WebhookDelivery" WHERE "webhookId" = ${webhook.id}`,
        );
        waits.push(row?.wait ?? 0);
      }
      const [delivery] = await deliveriesOf(webhook.id);
      expect(delivery).toMatchObject({ state: "failed", attempts: 10, nextAttemptAt: null });
      pauses.forEach((pause, index) => {
        expect(waits[index]).toBeGreaterThan(pause - 2);
        expect(waits[index]).toBeLessThanOrEqual(pause * 1.2);
      });
      const { log } = await findDelivery(workspace.id, webhook.id, delivery?.id ?? "");
      expect(log).toHaveLength(10);
      expect(log.every(({ detail }) => detail !== null && detail.length <= 500 && !/\p{Cc}/u.test(detail))).toBe(true);
      await makeDue();
      await deliver();
      expect(receiver.received).toHaveLength(10);
      expect((await findWebhook(workspace.id, webhook.id)).enabled, "not for one failure").toBe(true);
    },
  );

  test("410 Gone switches the webhook off, with the reason and an audit event", async () => {
    receiver.answerWith({ status: 410 });
    const { webhook } = await make();
    await addPerson("lin");
    await deliver();
    expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({
      enabled: false,
      disabledReason: expect.stringContaining("410 Gone"),
    });
    expect((await deliveriesOf(webhook.id))[0]).toMatchObject({ state: "failed", attempts: 1 });
    const events = await all(
      sql`SELECT "actorKind" FROM "AuditEvent" WHERE action = 'webhook.disabled' AND "targetId" = ${webhook.id}`,
    );
    expect(events).toEqual([{ actorKind: "system" }]);
  });

  test("after five days of nothing but failures the webhook is switched off; one success in them keeps it on", async () => {
    const failFor = async (id: string, success: boolean) => {
      receiver.answerWith({ status: 500 });
      await addPerson(`a${success}`);
      await makeDue();
      await deliver();
      await run(sql`UPDATE "WebhookAttempt" SET at = now() - interval '6 days'`);
      await run(sql`UPDATE "Webhook" SET "updatedAt" = now() - interval '9 days'`);
      receiver.answerWith({ status: success ? 200 : 500 });
      await addPerson(`b${success}`);
      await deliver();
      receiver.answerWith({ status: 500 });
      await run(
        sql`UPDATE "WebhookDelivery" SET attempts = 9, "notBefore" = now() - interval '1 second' WHERE state = 'pending'`,
      );
      await deliver();
      return findWebhook(workspace.id, id);
    };
    const good = await make();
    expect(await failFor(good.webhook.id, true)).toMatchObject({ enabled: true });
    await deleteWebhook(workspace.operator, good.webhook.id);
    const bad = await make();
    expect(await failFor(bad.webhook.id, false)).toMatchObject({
      enabled: false,
      disabledReason: "Nothing was delivered for 5 days.",
    });
  });

  test("what waits while a webhook is off is sent when it is on again, and the reason is gone", async () => {
    receiver.answerWith({ status: 410 });
    const { webhook } = await make();
    await addPerson("lin");
    await addPerson("max");
    await startDeliveries();
    await finishDeliveries();
    receiver.answerWith({ status: 200 });
    const waiting = (await deliveriesOf(webhook.id)).filter(({ state }) => state === "pending").length;
    receiver.received.length = 0;
    await makeDue();
    await deliver();
    expect(receiver.received).toHaveLength(0);
    expect(await updateWebhook(workspace.operator, webhook.id, { enabled: true })).toMatchObject({
      enabled: true,
      disabledReason: null,
    });
    await deliver();
    expect(receiver.received).toHaveLength(waiting);
  });

  test("sent again by hand it keeps its id, and has all its tries before it", async () => {
    receiver.answerWith({ status: 500 });
    const { webhook } = await make();
    await addPerson("lin");
    await deliver();
    const [first] = await deliveriesOf(webhook.id);
    receiver.answerWith({ status: 200 });
    await sendAgain(workspace.operator, webhook.id, first?.id ?? "");
    await deliver();
    await sendAgain(workspace.operator, webhook.id, first?.id ?? "");
    await deliver();
    expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual(Array(3).fill(first?.eventId));
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect((await deliveriesOf(webhook.id))[0]).toMatchObject({ state: "delivered", attempts: 1 });
  });

  test("T26 an address that leads inside by now is not asked, whatever was saved", async () => {
    const { webhook } = await make();
    await run(sql`UPDATE "Webhook" SET url = 'https://169.254.169.254/latest/meta-data/'`);
    await addPerson("lin");
    await deliver();
    const [delivery] = await deliveriesOf(webhook.id);
    const { log } = await findDelivery(workspace.id, webhook.id, delivery?.id ?? "");
    expect(log).toMatchObject([{ status: null, detail: "its address is in an internal network" }]);
  });

  test("one that never answers holds up nobody else", async () => {
    slow.answerWith("nothing");
    const late = await make(["membership.created"], slow.url);
    for (const name of ["a", "b", "c", "d", "e"]) await addPerson(name);
    const { webhook } = await make();
    await startDeliveries();
    await addPerson("lin");
    await startDeliveries();
    await expect.poll(() => receiver.received.length, { timeout: 5_000 }).toBe(1);
    expect((await deliveriesOf(webhook.id))[0]?.event).toBe("membership.created");
    expect(slow.received.length).toBeLessThanOrEqual(3);
    await run(sql`UPDATE "WebhookDelivery" SET state = 'failed' WHERE "webhookId" = ${late.webhook.id}`);
    slow.close();
    await finishDeliveries();
  });

  test("C3 a workspace with many receivers that never answer leaves lanes to every other workspace", async () => {
    const deaf = await openWebhookReceiver();
    deaf.answerWith("nothing");
    for (let at = 0; at < 8; at++) await make(["membership.created"], `${deaf.url}/${at}`);
    for (const name of ["a", "b", "c"]) await addPerson(name);
    await startDeliveries();
    await expect.poll(() => deaf.received.length).toBe(3);
    const others = await Promise.all([openWorkspace("hook"), openWorkspace("hook")]);
    for (const other of others) {
      const hook = { url: `${receiver.url}/${other.slug}`, description: "", events: ["membership.created"] };
      await createWebhook(other.operator, hook);
      for (const name of ["x", "y", "z"]) await other.scim("POST", "/Users", userBody(`${name}@${other.domain}`));
    }
    await startDeliveries();
    await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(6);
    expect(deaf.received, "three at once for one workspace").toHaveLength(3);
    await run(sql`UPDATE "WebhookDelivery" SET state = 'failed' WHERE "workspaceId" = ${workspace.id}`);
    deaf.close();
    await finishDeliveries();
  });

  test("C3 workspaces take turns: one with a hundred deliveries does not come first with all of them", async () => {
    const other = await openWorkspace("hook");
    const order: string[] = [];
    await make(["membership.created"], `${receiver.url}/many`);
    await createWebhook(other.operator, {
      url: `${receiver.url}/few`,
      description: "",
      events: ["membership.created"],
    });
    for (let at = 0; at < 40; at++) await addPerson(`p${at}`);
    for (let at = 0; at < 3; at++) await other.scim("POST", "/Users", userBody(`q${at}@${other.domain}`));
    await deliver();
    order.push(...receiver.received.map(({ path }) => path));
    expect(order).toHaveLength(43);
    expect(order.lastIndexOf("/few"), order.slice(0, 20).join(" ")).toBeLessThan(15);
  });

  test("two workers never take one delivery, and a dead one's is taken again after its lease", async () => {
    await make();
    await addPerson("lin");
    const taken = await Promise.all([takeDelivery(), takeDelivery(), takeDelivery()]);
    expect(taken.filter((delivery) => delivery !== null)).toHaveLength(1);
    await makeDue();
    expect(await takeDelivery()).toMatchObject({ attempts: 2 });
  });

  test("deliveries are kept for thirty days, with their tries", async () => {
    const { webhook } = await make();
    await addPerson("lin");
    await deliver();
    await run(sql`UPDATE "WebhookDelivery" SET "createdAt" = now() - interval '31 days'`);
    await addPerson("max");
    await removeOld(
      () => false,
      (_, error) => expect.unreachable(String(error)),
    );
    expect(await deliveriesOf(webhook.id)).toHaveLength(1);
    expect(await all(sql`SELECT 1 FROM "WebhookAttempt"`)).toEqual([]);
  });
});

describe("rules", () => {
  test.each([
    ["https://10.0.0.1/", [], "url_refused"],
    ["http://example.com/", [], "url_refused"],
    ["https://example.com/", ["membership.made"], "event_not_known"],
    ["https://example.com/", ["webhook.test"], "event_not_known"],
  ])("%s for %j is refused", async (url, events, reason) => {
    const input = { url, description: "", events };
    await expect(createWebhook(workspace.operator, input)).rejects.toMatchObject({ reason });
    const { webhook } = await make();
    await expect(updateWebhook(workspace.operator, webhook.id, { url, events })).rejects.toMatchObject({ reason });
    expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({ url: `${receiver.url}/hook`, events: [] });
  });

  test("twenty webhooks are the end, also for two at once", async () => {
    for (let made = 0; made < 19; made++) await make();
    const outcomes = await Promise.allSettled([make(), make()]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { reason: "too_many_webhooks" },
    });
  });

  test("nothing is sent by hand from a webhook that is off", async () => {
    const { webhook } = await make();
    await addPerson("lin");
    const [delivery] = await deliveriesOf(webhook.id);
    await updateWebhook(workspace.operator, webhook.id, { enabled: false });
    const refused = { reason: "state_conflict" };
    await expect(sendTestEvent(workspace.operator, webhook.id)).rejects.toMatchObject(refused);
    await expect(sendAgain(workspace.operator, webhook.id, delivery?.id ?? "")).rejects.toMatchObject(refused);
  });

  test("T05 another workspace's webhook and delivery are not found", async () => {
    const { webhook } = await make();
    await addPerson("lin");
    const [delivery] = await deliveriesOf(webhook.id);
    const other = await openWorkspace("hook");
    const mine = await createWebhook(other.operator, { url: receiver.url, description: "", events: [] });
    const missing = { reason: "not_found" };
    for (const ask of [
      () => findWebhook(other.id, webhook.id),
      () => updateWebhook(other.operator, webhook.id, { enabled: false }),
      () => rotateWebhookSecret(other.operator, webhook.id, "now"),
      () => deleteWebhook(other.operator, webhook.id),
      () => sendTestEvent(other.operator, webhook.id),
      () => listDeliveries(other.id, webhook.id, {}),
      () => findDelivery(other.id, mine.webhook.id, delivery?.id ?? ""),
      () => sendAgain(other.operator, mine.webhook.id, delivery?.id ?? ""),
    ])
      await expect(ask()).rejects.toMatchObject(missing);
    expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({ enabled: true });
  });

  test("deleted, it takes its deliveries with it", async () => {
    const { webhook } = await make();
    await addPerson("lin");
    await deliver();
    await deleteWebhook(workspace.operator, webhook.id);
    expect(await all(sql`SELECT 1 FROM "WebhookDelivery" UNION ALL SELECT 1 FROM "WebhookAttempt"`)).toEqual([]);
  });
});
