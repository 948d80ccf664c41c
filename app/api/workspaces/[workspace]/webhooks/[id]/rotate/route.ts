import { api } from "@/app/api/handler";
import { rotateWebhookInput } from "@/lib/api/webhooks";
import { rotateWebhookSecret } from "@/lib/workspace/webhooks/rotate";

export const POST = api("webhooks:manage", rotateWebhookInput, ({ actor, params, input }) =>
  rotateWebhookSecret(actor, params.id ?? "", input.overlap),
);
