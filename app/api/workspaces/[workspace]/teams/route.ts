import { api } from "@/app/api/handler";
import { listTeams } from "@/lib/workspace/teams";

export const GET = api("members:manage", null, ({ workspaceId }) => listTeams(workspaceId));
