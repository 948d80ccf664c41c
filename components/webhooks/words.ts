import type { Tone } from "@/components/ui/badge";
import type { DeliveryRow, DeliveryTry, WebhookRow } from "@/lib/api/webhooks";
import type { Translator } from "@/lib/messages/room";

/** A webhook's name: its description, or else the host of its URL. */
export function nameOf({ description, url }: Pick<WebhookRow, "description" | "url">): string {
  return description || new URL(url).host;
}

type Words = { label: string; tone: Tone };
type Texts = Translator<"webhooks">;

export function webhookWords({ enabled, disabledReason, deliveries }: WebhookRow, t: Texts): Words {
  if (enabled && deliveries.retrying > 0) return { label: t("state.failing"), tone: "warn" };
  if (enabled) return { label: t("state.on"), tone: "good" };
  return disabledReason === null
    ? { label: t("state.off"), tone: "neutral" }
    : { label: t("state.switchedOff"), tone: "bad" };
}

/** Such as "All events", "team.created" or "3 events". */
export function eventWords({ events }: Pick<WebhookRow, "events">, t: Texts): string {
  const [first] = events;
  if (first === undefined) return t("events.all");
  return events.length === 1 ? first : t("events.count", { count: events.length });
}

export function deliveryWords({ state, attempts }: DeliveryRow, t: Texts): Words {
  if (state === "delivered") return { label: t("delivery.state.delivered"), tone: "good" };
  if (state === "failed") return { label: t("delivery.state.failed"), tone: "bad" };
  return attempts === 0
    ? { label: t("delivery.state.pending"), tone: "neutral" }
    : { label: t("delivery.state.retrying"), tone: "warn" };
}

export function tryTone({ status }: DeliveryTry): Tone {
  return status !== null && status >= 200 && status < 300 ? "good" : "bad";
}
