import { api } from "@/app/api/handler";
import { reactivateMember } from "@/lib/workspace/members/edit";

export const POST = api("members:manage", null, ({ actor, params }) => reactivateMember(actor, params.id ?? ""));
