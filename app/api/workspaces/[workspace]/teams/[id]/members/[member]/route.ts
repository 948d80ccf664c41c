import { api } from "@/app/api/handler";
import { addTeamMember, removeTeamMember } from "@/lib/workspace/teams/edit";

export const PUT = api("members:manage", null, async ({ actor, params }) => ({
  notes: await addTeamMember(actor, params.id ?? "", params.member ?? ""),
}));

export const DELETE = api("members:manage", null, async ({ actor, params }) => ({
  notes: await removeTeamMember(actor, params.id ?? "", params.member ?? ""),
}));
