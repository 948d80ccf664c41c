import { api } from "@/app/api/handler";
import { sendMailAgain } from "@/lib/workspace/mail/unsent";

export const POST = api("members:manage", null, ({ actor, params }) => sendMailAgain(actor, params.id ?? ""));
