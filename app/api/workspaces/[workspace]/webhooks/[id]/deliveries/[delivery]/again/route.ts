import { api } from "@/app/api/handler";
import { sendAgain } from "@/lib/workspace/webhooks/log";

export const POST = api("webhooks:manage", null, ({ actor, params }) =>
  sendAgain(actor, params.id ?? "", params.delivery ?? ""),
);
