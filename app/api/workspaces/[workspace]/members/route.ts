import { api } from "@/app/api/handler";
import { listMembers } from "@/lib/workspace/memberships";

export const GET = api("members:manage", null, ({ workspaceId, query }) =>
  listMembers(workspaceId, {
    search: query.get("search") ?? undefined,
    state: query.get("state") ?? undefined,
    cursor: query.get("cursor") ?? undefined,
  }),
);
