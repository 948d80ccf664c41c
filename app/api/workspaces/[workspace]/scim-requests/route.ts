import { api } from "@/app/api/handler";
import { listScimRequests } from "@/lib/workspace/log/scim-requests";

export const GET = api("provisioning:read", null, ({ workspaceId, query }) =>
  listScimRequests(workspaceId, {
    search: query.get("search") ?? undefined,
    status: query.get("status") ?? undefined,
    method: query.get("method") ?? undefined,
    cursor: query.get("cursor") ?? undefined,
  }),
);
