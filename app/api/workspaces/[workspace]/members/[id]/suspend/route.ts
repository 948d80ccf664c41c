import { api } from "@/app/api/handler";
import { suspendMember } from "@/lib/workspace/members/edit";

export const POST = api("members:manage", null, ({ actor, params }) => suspendMember(actor, params.id ?? ""));
