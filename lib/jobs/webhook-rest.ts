import type { Try } from "@/lib/workspace/webhooks/deliveries";

// A receiver that doesn't answer costs fifteen seconds a try. It rests in between, longer each time, so that what waits for it takes no
// lane from others; each delivery keeps its own schedule of tries.

/** Milliseconds after which a try is slow, also a good one. */
const slowMs = 5_000;

const firstRest = 10;
const longestRest = 160;

type Rest = { seconds: number; until: number };

const rests = new Map<string, Rest>();
const maxRests = 10_000;

/** Notes how a try went: after a slow one the webhook rests. A quick end of any kind, also a refused connection, costs nobody anything. */
export function rest(webhookId: string, { durationMs }: Pick<Try, "durationMs">, now = performance.now()): void {
  const before = rests.get(webhookId);
  rests.delete(webhookId);
  if (durationMs < slowMs) return;
  const seconds = before ? Math.min(before.seconds * 2, longestRest) : firstRest;
  rests.set(webhookId, { seconds, until: now + seconds * 1000 });
  if (rests.size > maxRests) rests.delete(rests.keys().next().value ?? "");
}

/** Webhooks that get nothing for now. */
export function restingWebhooks(now = performance.now()): string[] {
  return [...rests].flatMap(([id, { until }]) => (until > now ? [id] : []));
}

/** Seconds until the next of them may be tried again, or null. */
export function nextRestEndsIn(now = performance.now()): number | null {
  const ends = [...rests.values()].flatMap(({ until }) => (until > now ? [(until - now) / 1000] : []));
  return ends.length === 0 ? null : Math.min(...ends);
}
