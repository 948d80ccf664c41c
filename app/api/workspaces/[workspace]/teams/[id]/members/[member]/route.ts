import { api } from "@/app/api/handler";
import { addTeamMember, removeTeamMember } from "@/lib/workspace/team-changes";

export const PUT = api("members:manage", null, ({ actor, params }) =>
  addTeamMember(actor, params.id ?? "", params.member ?? ""),
);

export const DELETE = api("members:manage", null, ({ actor, params }) =>
  removeTeamMember(actor, params.id ?? "", params.member ?? ""),
);
