import { api } from "@/app/api/handler";
import { sendMailAgain } from "@/lib/workspace/unsent-mails";

export const POST = api("members:manage", null, ({ actor, params }) => sendMailAgain(actor, params.id ?? ""));
