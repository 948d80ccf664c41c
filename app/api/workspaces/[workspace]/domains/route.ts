import { api } from "@/app/api/handler";
import { addDomainInput } from "@/lib/api/domains";
import { addDomain, listDomains } from "@/lib/workspace/domains/domains";

export const GET = api("domains:manage", null, ({ workspaceId }) => listDomains(workspaceId));
export const POST = api("domains:manage", addDomainInput, ({ actor, input }) => addDomain(actor, input.name));
