import { api } from "@/app/api/handler";
import { disconnect } from "@/lib/workspace/access/connections";

export const DELETE = api("tokens:manage", null, ({ actor, params }) => disconnect(actor, params.id ?? ""));
