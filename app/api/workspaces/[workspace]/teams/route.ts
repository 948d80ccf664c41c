import { api } from "@/app/api/handler";
import { teamInput } from "@/lib/api/teams";
import { createTeamInApp } from "@/lib/workspace/teams/edit";
import { listTeams } from "@/lib/workspace/teams/teams";

export const GET = api("members:manage", null, ({ workspaceId, query }) =>
  listTeams(workspaceId, { search: query.get("search") ?? undefined, after: query.get("after") ?? undefined }),
);

export const POST = api("members:manage", teamInput, async ({ actor, input }) => ({
  id: await createTeamInApp(actor, input.name),
}));
