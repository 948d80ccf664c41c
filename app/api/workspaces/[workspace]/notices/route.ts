import { api } from "@/app/api/handler";
import { listNotices } from "@/lib/workspace/log/notices";

export const GET = api("provisioning:read", null, ({ workspaceId }) => listNotices(workspaceId));
