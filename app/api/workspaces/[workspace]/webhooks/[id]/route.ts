import { api } from "@/app/api/handler";
import { updateWebhookInput } from "@/lib/api/webhooks";
import { deleteWebhook, updateWebhook } from "@/lib/workspace/webhooks/webhooks";

export const PATCH = api("webhooks:manage", updateWebhookInput, ({ actor, params, input }) =>
  updateWebhook(actor, params.id ?? "", input),
);
export const DELETE = api("webhooks:manage", null, ({ actor, params }) => deleteWebhook(actor, params.id ?? ""));
