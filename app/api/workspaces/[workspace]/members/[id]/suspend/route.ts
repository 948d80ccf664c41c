import { api } from "@/app/api/handler";
import { suspendMember } from "@/lib/workspace/memberships";

export const POST = api("members:manage", null, ({ actor, params }) => suspendMember(actor, params.id ?? ""));
