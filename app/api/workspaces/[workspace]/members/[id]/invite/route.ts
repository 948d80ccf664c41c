import { api } from "@/app/api/handler";
import { cancelInvite, resendInvite } from "@/lib/workspace/invites/invites";

export const POST = api("members:manage", null, ({ actor, params }) => resendInvite(actor, params.id ?? ""));
export const DELETE = api("members:manage", null, ({ actor, params }) => cancelInvite(actor, params.id ?? ""));
