import { api } from "@/app/api/handler";
import { sendTestEvent } from "@/lib/workspace/webhooks/test-event";

export const POST = api("webhooks:manage", null, ({ actor, params }) => sendTestEvent(actor, params.id ?? ""));
