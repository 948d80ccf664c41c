import { api } from "@/app/api/handler";
import { listHistory } from "@/lib/workspace/profiles/history";

export const GET = api("members:manage", null, ({ workspaceId, params, query }) =>
  listHistory(workspaceId, params.id ?? "", { cursor: query.get("cursor") ?? undefined, limit: 20 }),
);
