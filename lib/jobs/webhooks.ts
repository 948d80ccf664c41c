import { createHmac } from "node:crypto";
import { log } from "@/lib/log";
import { fetchOutside } from "@/lib/outgoing";
import { type Delivery, finishTry, signingSecrets, type Try, takeDelivery } from "@/lib/workspace/webhook-deliveries";
import { inOrder } from "@/lib/workspace/webhook-payload";

/** Deliveries that are under way at once, and how many of them for one webhook. */
const maxLanes = 8;
const maxForOne = 2;

const timeout = 15_000;
/** Bytes of an answer that are read, and characters of them that are kept. */
const maxAnswer = 64 * 1024;
const maxKept = 500;

const lanes = new Set<Promise<void>>();
const underWay: string[] = [];
let stopping = false;

/**
 * Sends what is due, several at once. Each delivery that is found opens another lane, as long as there is room; a lane goes on
 * until nothing is due. Returns at once: one slow webhook keeps nobody waiting.
 */
export async function startDeliveries(): Promise<void> {
  if (lanes.size >= maxLanes) return;
  const lane = sendOnAndOn().catch((error: unknown) => log().error({ err: error }, "webhook lane failed"));
  lanes.add(lane);
  void lane.finally(() => lanes.delete(lane));
}

/** Waits until nothing is due and nothing under way. */
export async function finishDeliveries(): Promise<void> {
  while (lanes.size > 0) await Promise.all(lanes);
}

/** Lets what is under way end, and takes nothing more. */
export async function stopDeliveries(): Promise<void> {
  stopping = true;
  await finishDeliveries();
  stopping = false;
}

async function sendOnAndOn(): Promise<void> {
  while (!stopping) {
    const next = await takeDelivery(busy());
    if (next === null) return;
    const { webhookId } = next;
    underWay.push(webhookId);
    void startDeliveries();
    try {
      await finishTry(next, await send(next));
    } finally {
      underWay.splice(underWay.indexOf(webhookId), 1);
    }
  }
}

function busy(): string[] {
  return [...new Set(underWay)].filter((id) => underWay.filter((other) => other === id).length >= maxForOne);
}

/** The headers of Standard Webhooks: `v1,` and HMAC-SHA256 of id, time and body, for each secret that signs. */
function signedHeaders(id: string, body: string, secrets: string[]): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

async function send(delivery: Delivery): Promise<Try> {
  const { url, eventId, event, payload, attempts } = delivery;
  const body = JSON.stringify(inOrder(payload));
  const headers = { "content-type": "application/json", "user-agent": "Muster-Webhooks/1" };
  const began = performance.now();
  const tried = (status: number | null, detail: string) => ({
    status,
    detail: readable(detail) || null,
    durationMs: performance.now() - began,
  });
  try {
    const signed = { ...headers, ...signedHeaders(eventId, body, signingSecrets(delivery)) };
    const answer = await fetchOutside(url, {
      method: "POST",
      headers: signed,
      body,
      timeout,
      maxBytes: maxAnswer,
      cut: true,
    });
    return tried(answer.status, answer.body);
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    log().info({ event, attempts, detail: message || code }, "webhook not delivered");
    return tried(null, message || code || "the connection failed"); // refused on several addresses: only a code
  }
}

/** The beginning of an answer as a line of a log: without control characters, which the database would not even take. */
function readable(text: string): string {
  return text
    .slice(0, maxKept * 2)
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, maxKept);
}
