import { api } from "@/app/api/handler";
import { checkDomain } from "@/lib/workspace/domains/domains";

export const POST = api("domains:manage", null, ({ actor, params }) => checkDomain(actor, params.id ?? ""));
