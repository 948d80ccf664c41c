const here = globalThis as { musterWake?: (queue: "webhooks") => void };

/** Tells the worker of this process that a delivery waits; other processes look for themselves. */
export function wakeWebhooks(): void {
  here.musterWake?.("webhooks");
}
