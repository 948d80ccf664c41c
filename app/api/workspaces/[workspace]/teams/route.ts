import { api, readQuery } from "@/app/api/handler";
import { teamInput, teamPageQuery } from "@/lib/api/teams";
import { createTeamInApp } from "@/lib/workspace/teams/edit";
import { listTeams } from "@/lib/workspace/teams/list";

export const GET = api("members:manage", null, ({ workspaceId, query }) => {
  const { empty, desc, sort, cursor: id, after = "", ...filter } = readQuery(query, teamPageQuery);
  return listTeams(workspaceId, {
    ...filter,
    isEmpty: empty === "yes",
    sort: sort || undefined,
    isDescending: desc === "yes",
    cursor: id ? { id, after } : null,
  });
});

export const POST = api("members:manage", teamInput, async ({ actor, input }) => ({
  id: await createTeamInApp(actor, input.name),
}));
