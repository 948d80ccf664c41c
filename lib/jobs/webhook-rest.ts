import type { Try } from "@/lib/workspace/webhooks/deliveries";

// A receiver that doesn't answer costs fifteen seconds per attempt. It rests in between, longer each time, so that its deliveries don't
// take lanes from others. Each delivery keeps its own schedule.

/** Milliseconds after which an attempt counts as slow, even a successful one. */
const slowMs = 5_000;

const firstRest = 10;
const longestRest = 160;

type Rest = { seconds: number; until: number };

const rests = new Map<string, Rest>();
const maxRests = 10_000;

/** Records how long an attempt took; after a slow one the webhook rests. A fast failure, such as a refused connection, delays nobody. */
export function rest(webhookId: string, { durationMs }: Pick<Try, "durationMs">, now = performance.now()): void {
  const before = rests.get(webhookId);
  rests.delete(webhookId);
  if (durationMs < slowMs) return;
  const seconds = before ? Math.min(before.seconds * 2, longestRest) : firstRest;
  rests.set(webhookId, { seconds, until: now + seconds * 1000 });
  if (rests.size > maxRests) rests.delete(rests.keys().next().value ?? "");
}

/** Webhooks that get no deliveries for now. */
export function restingWebhooks(now = performance.now()): string[] {
  return [...rests].flatMap(([id, { until }]) => (until > now ? [id] : []));
}

/** Seconds until a webhook stops resting, or null when none rests. */
export function nextRestEndsIn(now = performance.now()): number | null {
  const ends = [...rests.values()].flatMap(({ until }) => (until > now ? [(until - now) / 1000] : []));
  return ends.length === 0 ? null : Math.min(...ends);
}
