import { z } from "zod";
import { scopesToReceive } from "@/lib/workspace/audit/events";
import { allows } from "@/lib/workspace/scopes";
import { findDelivery, listDeliveries, sendAgain } from "@/lib/workspace/webhooks/log";
import { rotateWebhookSecret } from "@/lib/workspace/webhooks/rotate";
import { sendTestEvent } from "@/lib/workspace/webhooks/test-event";
import {
  createWebhook,
  deleteWebhook,
  type EventCheck,
  findWebhook,
  listWebhooks,
  updateWebhook,
} from "@/lib/workspace/webhooks/webhooks";
import { endpoint } from "./endpoint";
import { ApiProblem } from "./problem";
import {
  deliveryDetail,
  deliveryPage,
  paging,
  queued,
  rotation,
  webhook,
  webhookChange,
  webhookInput,
  webhookList,
  webhookSecret,
} from "./schemas";

const tag = "Webhooks";

/** A token can't subscribe a webhook to events about data it may not read, or change a webhook that already is (T07). */
function eventCheckOf({ scopes }: { scopes: string[] }): EventCheck {
  return (events) => {
    const missing = scopesToReceive(events).filter((scope) => !allows(scopes, scope));
    if (missing.length === 0) return;
    const detail = `This webhook hears of what the token may not read. It takes ${missing.join(", ")}.`;
    throw new ApiProblem(403, "scope_missing", detail);
  };
}

export const webhookEndpoints = [
  endpoint("webhook:read", {
    id: "listWebhooks",
    method: "GET",
    path: "/webhooks",
    tag,
    summary: "Webhooks, oldest first",
    status: 200,
    answer: webhookList,
    run: async ({ workspaceId }) => ({ data: await listWebhooks(workspaceId) }),
  }),
  endpoint("webhook:read-write", {
    id: "createWebhook",
    method: "POST",
    path: "/webhooks",
    tag,
    summary: "Make a webhook; its secret is in this answer only",
    body: webhookInput,
    status: 201,
    answer: webhookSecret,
    run: ({ actor, holder, body }) => createWebhook(actor, body, eventCheckOf(holder)),
  }),
  endpoint("webhook:read", {
    id: "findWebhook",
    method: "GET",
    path: "/webhooks/{id}",
    tag,
    summary: "One webhook",
    status: 200,
    answer: webhook,
    run: ({ workspaceId, params }) => findWebhook(workspaceId, params.id),
  }),
  endpoint("webhook:read-write", {
    id: "updateWebhook",
    method: "PATCH",
    path: "/webhooks/{id}",
    tag,
    summary: "Change a webhook; what is left out stays",
    body: webhookChange,
    status: 200,
    answer: webhook,
    run: ({ actor, holder, params, body }) => updateWebhook(actor, params.id, body, eventCheckOf(holder)),
  }),
  endpoint("webhook:read-write", {
    id: "deleteWebhook",
    method: "DELETE",
    path: "/webhooks/{id}",
    tag,
    summary: "Delete a webhook with its deliveries",
    status: 204,
    run: ({ actor, holder, params }) => deleteWebhook(actor, params.id, eventCheckOf(holder)),
  }),
  endpoint("webhook:read-write", {
    id: "rotateWebhookSecret",
    method: "POST",
    path: "/webhooks/{id}/rotate",
    tag,
    summary: "A new secret, in this answer only; both sign until the overlap ends",
    body: rotation,
    status: 200,
    answer: webhookSecret,
    run: ({ actor, holder, params, body }) => rotateWebhookSecret(actor, params.id, body.overlap, eventCheckOf(holder)),
  }),
  endpoint("webhook:read-write", {
    id: "testWebhook",
    method: "POST",
    path: "/webhooks/{id}/test",
    tag,
    summary: "Send a webhook.test",
    status: 202,
    answer: queued,
    run: ({ actor, params }) => sendTestEvent(actor, params.id),
  }),
  endpoint("webhook:read", {
    id: "listDeliveries",
    method: "GET",
    path: "/webhooks/{id}/deliveries",
    tag,
    summary: "Deliveries of the last thirty days, newest first",
    query: z.strictObject({ ...paging, state: z.enum(["pending", "delivered", "failed"]).optional() }),
    status: 200,
    answer: deliveryPage,
    run: async ({ workspaceId, holder, params, query, cursor }) => {
      const place = { limit: query.limit, state: query.state, cursor: cursor.read(query.cursor) };
      const { deliveries, nextCursor } = await listDeliveries(workspaceId, params.id, place);
      const mayRead = (event: string) => scopesToReceive([event]).every((scope) => allows(holder.scopes, scope));
      const data = deliveries.map((row) => (mayRead(row.event) ? row : { ...row, subject: null }));
      return { data, nextCursor: cursor.write(nextCursor) };
    },
  }),
  endpoint("webhook:read", {
    id: "findDelivery",
    method: "GET",
    path: "/webhooks/{id}/deliveries/{deliveryId}",
    tag,
    summary: "One delivery: what was sent, and each try. Takes the scope to read what it tells of",
    status: 200,
    answer: deliveryDetail,
    run: async ({ workspaceId, holder, params }) => {
      const found = await findDelivery(workspaceId, params.id, params.deliveryId);
      eventCheckOf(holder)([found.event]);
      return found;
    },
  }),
  endpoint("webhook:read-write", {
    id: "redeliver",
    method: "POST",
    path: "/webhooks/{id}/deliveries/{deliveryId}/redeliver",
    tag,
    summary: "Send a delivery again under the same id",
    status: 202,
    answer: queued,
    run: async ({ actor, params }) => {
      await sendAgain(actor, params.id, params.deliveryId);
      return { id: params.deliveryId };
    },
  }),
];
