import { api } from "@/app/api/handler";
import { listDeliveries } from "@/lib/workspace/webhooks/log";

export const GET = api("webhooks:manage", null, ({ workspaceId, params, query }) =>
  listDeliveries(workspaceId, params.id ?? "", {
    state: query.get("state") ?? undefined,
    cursor: query.get("cursor") ?? undefined,
  }),
);
