import { api } from "@/app/api/handler";
import { removeDomain } from "@/lib/workspace/domains/remove";

export const DELETE = api("domains:manage", null, ({ actor, params, query }) =>
  removeDomain(actor, params.id ?? "", query.get("confirm") ?? ""),
);
