import { api } from "@/app/api/handler";
import { createWebhookInput } from "@/lib/api/webhooks";
import { eventGroups } from "@/lib/workspace/audit/events";
import { createWebhook, listWebhooks } from "@/lib/workspace/webhooks/webhooks";

export const GET = api("webhooks:manage", null, async ({ workspaceId }) => ({
  webhooks: await listWebhooks(workspaceId),
  events: eventGroups,
}));
export const POST = api("webhooks:manage", createWebhookInput, ({ actor, input }) => createWebhook(actor, input));
