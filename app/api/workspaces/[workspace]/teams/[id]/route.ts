import { api } from "@/app/api/handler";
import { teamInput } from "@/lib/api/teams";
import { deleteTeamInApp, renameTeamInApp } from "@/lib/workspace/teams/edit";
import { findTeam } from "@/lib/workspace/teams/list";

export const GET = api("members:manage", null, ({ workspaceId, params }) => findTeam(workspaceId, params.id ?? ""));

export const PATCH = api("members:manage", teamInput, ({ actor, params, input }) =>
  renameTeamInApp(actor, params.id ?? "", input.name),
);

export const DELETE = api("members:manage", null, ({ actor, params }) => deleteTeamInApp(actor, params.id ?? ""));
