import { createHmac } from "node:crypto";
import { log } from "@/lib/log";
import { fetchOutside } from "@/lib/outgoing";
import { isAboutRow, noteSetAside } from "@/lib/set-aside";
import { cutText, storable } from "@/lib/text";
import { wakeWebhooks } from "@/lib/workspace/audit/wake-webhooks";
import {
  type Busy,
  type Delivery,
  failDelivery,
  finishTry,
  nextDeliveryIn,
  pauses,
  signingSecrets,
  type Try,
  takeDelivery,
} from "@/lib/workspace/webhooks/deliveries";
import { inOrder } from "@/lib/workspace/webhooks/payload";
import { nextRestEndsIn, rest, restingWebhooks } from "./webhook-rest";

/** Maximum number of concurrent deliveries: in total, per webhook and per workspace. */
const maxLanes = 12;
const maxForWebhook = 2;
const maxForWorkspace = 3;

const timeout = 15_000;
/** Bytes read of a response, and characters stored of it. */
const maxAnswer = 64 * 1024;
const maxKept = 500;

const lanes = new Set<Promise<void>>();
const underWay: Delivery[] = [];
/** Takes run one after the other, so that each knows what the previous ones took. */
let taking: Promise<unknown> = Promise.resolve();
let stopping = false;

/**
 * Sends all due deliveries, several at once. Each delivery found opens another lane, up to the maximum; a lane runs until nothing is due.
 * Returns without waiting for them, so that a slow webhook doesn't hold up the others.
 */
export async function startDeliveries(): Promise<void> {
  if (lanes.size >= maxLanes) return;
  const lane = sendOnAndOn().catch((error: unknown) => log().error({ err: error }, "webhook lane failed"));
  lanes.add(lane);
  void lane.finally(() => lanes.delete(lane));
}

/** Seconds until the next look is needed: a delivery is due, or a webhook stops resting. */
export async function nextLookIn(): Promise<number | null> {
  const waits = [await nextDeliveryIn(), nextRestEndsIn()].filter((wait) => wait !== null);
  return waits.length === 0 ? null : Math.min(...waits);
}

/** Waits until nothing is due or under way. */
export async function finishDeliveries(): Promise<void> {
  while (lanes.size > 0) await Promise.all(lanes);
}

/** Lets running work finish and takes no more. */
export async function stopDeliveries(): Promise<void> {
  stopping = true;
  await finishDeliveries();
  stopping = false;
}

function takeNext(): Promise<Delivery | null> {
  const taken = taking.then(async () => {
    const next = stopping ? null : await takeDelivery(busy());
    if (next) underWay.push(next);
    return next;
  });
  taking = taken.catch(() => null); // the next take reports its own failure
  return taken;
}

async function sendOnAndOn(): Promise<void> {
  let sent = 0;
  for (let next = await takeNext(); next !== null; next = await takeNext()) {
    void startDeliveries();
    try {
      await deliver(next);
    } finally {
      underWay.splice(underWay.indexOf(next), 1);
    }
    sent++;
  }
  if (sent > 0 && !stopping) wakeWebhooks(); // some of these may be due again in seconds
}

/** Attempts a delivery and records the result. */
async function deliver(delivery: Delivery): Promise<void> {
  const isOver = delivery.attempts > pauses.length + 1; // each attempt's process died before recording a result
  const tried = isOver
    ? { status: null, detail: "The server ended during each try.", durationMs: 0 }
    : await send(delivery);
  rest(delivery.webhookId, tried);
  try {
    await finishTry(delivery, tried);
  } catch (error) {
    if (!isAboutRow(error)) throw error;
    noteSetAside("webhooks", error, { workspaceId: delivery.workspaceId, delivery: delivery.id });
    await failDelivery(delivery);
  }
}

/** The values that occur at least `count` times. */
function often(ids: string[], count: number): string[] {
  return [...new Set(ids)].filter((id) => ids.filter((other) => other === id).length >= count);
}

function busy(): Busy {
  const webhooks = often(
    underWay.map(({ webhookId }) => webhookId),
    maxForWebhook,
  );
  const workspaces = often(
    underWay.map(({ workspaceId }) => workspaceId),
    maxForWorkspace,
  );
  return { workspaces, webhooks: [...webhooks, ...restingWebhooks()] };
}

/** The headers of Standard Webhooks: `v1,` and HMAC-SHA256 of id, time and body, for each signing secret. */
function signedHeaders(id: string, body: string, secrets: string[]): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

/** The signed request of a delivery. Throws a message when it can't be built: no retry helps until someone fixes the cause. */
function written(delivery: Delivery): { body: string; signed: Record<string, string> } {
  let step = "Its content can't be read, so it can't be sent.";
  try {
    const body = JSON.stringify(inOrder(delivery.payload));
    step = "Its secret can't be read: MUSTER_SECRET was another one when it was created. Rotate the webhook's secret.";
    return { body, signed: signedHeaders(delivery.eventId, body, signingSecrets(delivery)) };
  } catch (error) {
    noteSetAside("webhooks", error, { workspaceId: delivery.workspaceId, delivery: delivery.id });
    throw new Error(step, { cause: error });
  }
}

async function send(delivery: Delivery): Promise<Try> {
  const { url, event, attempts } = delivery;
  const headers = { "content-type": "application/json", "user-agent": "Muster-Webhooks/1" };
  const began = performance.now();
  const tried = (status: number | null, detail: string) => ({
    status,
    detail: readable(detail) || null,
    durationMs: performance.now() - began,
  });
  try {
    const { body, signed } = written(delivery);
    const answer = await fetchOutside(url, {
      method: "POST",
      headers: { ...headers, ...signed },
      body,
      timeout,
      maxBytes: maxAnswer,
      cut: true,
    });
    return tried(answer.status, answer.body);
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    log().info({ event, attempts, detail: message || code }, "webhook not delivered");
    return tried(null, message || code || "the connection failed"); // refused on several IP addresses: only a code
  }
}

/** The beginning of a response as a log line, without control characters, which the database would reject. */
function readable(text: string): string {
  const line = cutText(text, maxKept * 2).replace(/\p{Cc}+/gu, " ");
  return cutText(storable(line.trim()), maxKept);
}
