import type { Tone } from "@/components/ui/badge";
import type { DeliveryRow, DeliveryTry, WebhookRow } from "@/lib/api/webhooks";
import { counted } from "@/lib/format";

/** A webhook's name: its description, or else the host of its URL. */
export function nameOf({ description, url }: Pick<WebhookRow, "description" | "url">): string {
  return description || new URL(url).host;
}

export function webhookWords({ enabled, disabledReason, deliveries }: WebhookRow): { label: string; tone: Tone } {
  if (enabled && deliveries.retrying > 0) return { label: "Failing", tone: "warn" };
  if (enabled) return { label: "On", tone: "good" };
  return disabledReason === null ? { label: "Off", tone: "neutral" } : { label: "Switched off", tone: "bad" };
}

/** Such as "All events", "team.created" or "3 events". */
export function eventWords({ events }: Pick<WebhookRow, "events">): string {
  const [first] = events;
  if (first === undefined) return "All events";
  return events.length === 1 ? first : counted(events.length, "event");
}

export function deliveryWords({ state, attempts }: DeliveryRow): { label: string; tone: Tone } {
  if (state === "delivered") return { label: "Delivered", tone: "good" };
  if (state === "failed") return { label: "Failed", tone: "bad" };
  return attempts === 0 ? { label: "Waiting", tone: "neutral" } : { label: "Trying again", tone: "warn" };
}

export function tryWords({ status }: DeliveryTry): { label: string; tone: Tone } {
  if (status === null) return { label: "No answer", tone: "bad" };
  return { label: String(status), tone: status >= 200 && status < 300 ? "good" : "bad" };
}
