import { api } from "@/app/api/handler";
import { teamRoleInput } from "@/lib/api/teams";
import { setTeamRole } from "@/lib/workspace/teams/edit";

export const PUT = api("members:manage", teamRoleInput, async ({ actor, params, input }) => ({
  notes: await setTeamRole(actor, params.id ?? "", input.role),
}));
