const here = globalThis as { musterWake?: (queue: "webhooks") => void };

/** Wakes this process's worker to send a delivery. Other processes find it by polling. */
export function wakeWebhooks(): void {
  here.musterWake?.("webhooks");
}
