import { api } from "@/app/api/handler";
import { findDelivery } from "@/lib/workspace/webhooks/log";

export const GET = api("webhooks:manage", null, ({ workspaceId, params }) =>
  findDelivery(workspaceId, params.id ?? "", params.delivery ?? ""),
);
