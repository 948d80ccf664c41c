import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Messages } from "use-intl";
import { z } from "zod";
import { request } from "./request";
import { invalid, nameInput } from "./validation";

const url = z.string().trim().min(1, invalid("webhookUrl")).max(2_000);
const description = nameInput("webhook");
const events = z.array(z.string()).max(100);

export const createWebhookInput = z.object({ url, description, events });
export const updateWebhookInput = z.object({
  url: url.optional(),
  description: description.optional(),
  events: events.optional(),
  enabled: z.boolean().optional(),
});
export const rotateWebhookInput = z.object({ overlap: z.enum(["now", "1h", "24h", "7d"]) });

export type CreateWebhook = z.infer<typeof createWebhookInput>;
export type UpdateWebhook = z.infer<typeof updateWebhookInput>;
export type SecretOverlap = z.infer<typeof rotateWebhookInput>["overlap"];

export type WebhookRow = {
  id: string;
  url: string;
  description: string;
  /** Empty means all events. */
  events: string[];
  enabled: boolean;
  /** Why Muster turned it off. */
  disabledReason: string | null;
  oldSecretUntil: string | null;
  createdAt: string;
  updatedAt: string;
  /** Counts of the deliveries of the last thirty days. */
  deliveries: { delivered: number; pending: number; retrying: number; failed: number; lastDeliveredAt: string | null };
};

export type EventGroup = { name: keyof Messages["webhooks"]["events"]["group"]; types: readonly string[] };
export type Webhooks = { webhooks: WebhookRow[]; events: EventGroup[] };
/** The only response with a secret; never cached. */
export type WebhookWithSecret = { webhook: WebhookRow; secret: string };

export type DeliveryRow = {
  id: string;
  eventId: string;
  event: string;
  /** The event's subject. */
  subject: string | null;
  state: "pending" | "delivered" | "failed";
  attempts: number;
  createdAt: string;
  nextAttemptAt: string | null;
  deliveredAt: string | null;
};
export type DeliveryTry = { at: string; status: number | null; detail: string | null; durationMs: number };
export type DeliveryDetail = DeliveryRow & { payload: Record<string, unknown>; log: DeliveryTry[] };
export type DeliveryPage = { deliveries: DeliveryRow[]; nextCursor: string | null };

const path = (workspace: string, rest = "") => `/api/workspaces/${workspace}/webhooks${rest}`;

/** The key that begins every query about a workspace's webhooks, so that one call invalidates them all. */
export const webhooksKey = (workspace: string) => ["webhooks", workspace] as const;

/** Milliseconds between refreshes while the page is visible. */
const live = 3_000;

const isSending = ({ enabled, deliveries }: WebhookRow) => enabled && deliveries.pending > 0;

export const webhooksQuery = (workspace: string) =>
  queryOptions({
    queryKey: webhooksKey(workspace),
    queryFn: () => request<Webhooks>("GET", path(workspace)),
    refetchInterval: ({ state }) => (state.data?.webhooks.some(isSending) ? live : 10_000),
  });

export const deliveriesQuery = (workspace: string, id: string, state: string) =>
  infiniteQueryOptions({
    queryKey: [...webhooksKey(workspace), id, "deliveries", state],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ ...(state && { state }), ...(pageParam && { cursor: pageParam }) });
      return request<DeliveryPage>("GET", path(workspace, `/${id}/deliveries?${query}`));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: live,
  });

export const deliveryQuery = (workspace: string, id: string, delivery: string) =>
  queryOptions({
    queryKey: [...webhooksKey(workspace), id, "delivery", delivery],
    queryFn: () => request<DeliveryDetail>("GET", path(workspace, `/${id}/deliveries/${delivery}`)),
    refetchInterval: ({ state }) => (state.data?.state === "pending" ? live : false),
  });

export const createWebhook = (workspace: string, input: CreateWebhook) =>
  request<WebhookWithSecret>("POST", path(workspace), input);
export const updateWebhook = (workspace: string, id: string, input: UpdateWebhook) =>
  request<WebhookRow>("PATCH", path(workspace, `/${id}`), input);
export const rotateWebhook = (workspace: string, id: string, overlap: SecretOverlap) =>
  request<WebhookWithSecret>("POST", path(workspace, `/${id}/rotate`), { overlap });
export const deleteWebhook = (workspace: string, id: string) => request<null>("DELETE", path(workspace, `/${id}`));
export const sendTestEvent = (workspace: string, id: string) =>
  request<{ id: string }>("POST", path(workspace, `/${id}/test`));
export const sendAgain = (workspace: string, id: string, delivery: string) =>
  request<null>("POST", path(workspace, `/${id}/deliveries/${delivery}/again`));
