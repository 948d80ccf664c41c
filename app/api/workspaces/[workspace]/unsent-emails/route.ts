import { api } from "@/app/api/handler";
import { listUnsentMails } from "@/lib/workspace/unsent-mails";

export const GET = api("members:manage", null, ({ workspaceId }) => listUnsentMails(workspaceId));
