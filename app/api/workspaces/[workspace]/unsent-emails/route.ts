import { api } from "@/app/api/handler";
import { listUnsentMails } from "@/lib/workspace/mail/unsent";

export const GET = api("members:manage", null, ({ workspaceId }) => listUnsentMails(workspaceId));
