import { api } from "@/app/api/handler";
import { removeDomain } from "@/lib/workspace/domains";

export const DELETE = api("domains:manage", null, ({ actor, params }) => removeDomain(actor, params.id ?? ""));
