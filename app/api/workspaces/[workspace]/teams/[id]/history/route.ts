import { api } from "@/app/api/handler";
import { listHistory } from "@/lib/workspace/profiles/history";
import { findTeam } from "@/lib/workspace/teams/list";

export const GET = api("members:manage", null, async ({ workspaceId, params, query }) => {
  const team = await findTeam(workspaceId, params.id ?? "");
  return listHistory(workspaceId, team.id, { cursor: query.get("cursor") ?? undefined, limit: 20 });
});
