import { api } from "@/app/api/handler";
import { teamRoleInput } from "@/lib/api/teams";
import { previewTeamRole } from "@/lib/workspace/teams/role-preview";

export const POST = api("members:manage", teamRoleInput, ({ workspaceId, params, input }) =>
  previewTeamRole(workspaceId, params.id ?? "", input.role),
);
