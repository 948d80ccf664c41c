import { api } from "@/app/api/handler";
import { findTeam } from "@/lib/workspace/teams/list";
import { listTeamMembers } from "@/lib/workspace/teams/teams";

export const GET = api("members:manage", null, async ({ workspaceId, params, query }) => {
  const team = await findTeam(workspaceId, params.id ?? "");
  const page = { search: query.get("search") ?? undefined, cursor: query.get("cursor") ?? undefined };
  return listTeamMembers(workspaceId, team.id, page);
});
