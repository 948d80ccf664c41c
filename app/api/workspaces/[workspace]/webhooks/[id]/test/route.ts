import { api } from "@/app/api/handler";
import { sendTestEvent } from "@/lib/workspace/webhooks/webhooks";

export const POST = api("webhooks:manage", null, ({ actor, params }) => sendTestEvent(actor, params.id ?? ""));
