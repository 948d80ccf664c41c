import { z } from "zod";
import { findPerson, listPeople } from "@/lib/workspace/members/directory";
import { findTeamById, listTeamsByPage } from "@/lib/workspace/teams/directory";
import {
  addTeamMember,
  createTeamInApp,
  deleteTeamInApp,
  removeTeamMember,
  renameTeamInApp,
} from "@/lib/workspace/teams/edit";
import { endpoint } from "./endpoint";
import { memberPage, paging, team, teamInput, teamPage } from "./schemas";

const tag = "Teams";

const filters = z.strictObject({
  ...paging,
  name: z.string().max(200).optional().describe("The whole name, in any case"),
});

export const teamEndpoints = [
  endpoint("user_management:read", {
    id: "listTeams",
    method: "GET",
    path: "/teams",
    tag,
    summary: "Teams, in the order of their ids",
    query: filters,
    status: 200,
    answer: teamPage,
    run: async ({ workspaceId, query, cursor }) => {
      const { teams, nextCursor } = await listTeamsByPage(workspaceId, { ...query, cursor: cursor.read(query.cursor) });
      return { data: teams, nextCursor: cursor.write(nextCursor) };
    },
  }),
  endpoint("user_management:read-write", {
    id: "createTeam",
    method: "POST",
    path: "/teams",
    tag,
    summary: "Make a team",
    body: teamInput,
    status: 201,
    answer: team,
    run: async ({ actor, workspaceId, body }) => findTeamById(workspaceId, await createTeamInApp(actor, body.name)),
  }),
  endpoint("user_management:read", {
    id: "findTeam",
    method: "GET",
    path: "/teams/{id}",
    tag,
    summary: "One team",
    status: 200,
    answer: team,
    run: ({ workspaceId, params }) => findTeamById(workspaceId, params.id),
  }),
  endpoint("user_management:read-write", {
    id: "renameTeam",
    method: "PATCH",
    path: "/teams/{id}",
    tag,
    summary: "Rename a team; teams that an identity provider manages are locked (409)",
    body: teamInput,
    status: 200,
    answer: team,
    run: async ({ actor, workspaceId, params, body }) => {
      await renameTeamInApp(actor, params.id, body.name);
      return findTeamById(workspaceId, params.id);
    },
  }),
  endpoint("user_management:read-write", {
    id: "deleteTeam",
    method: "DELETE",
    path: "/teams/{id}",
    tag,
    summary: "Delete a team",
    status: 204,
    run: ({ actor, params }) => deleteTeamInApp(actor, params.id),
  }),
  endpoint("user_management:read", {
    id: "listTeamMembers",
    method: "GET",
    path: "/teams/{id}/members",
    tag,
    summary: "The people in a team, in the order of their ids",
    query: z.strictObject(paging),
    status: 200,
    answer: memberPage,
    run: async ({ workspaceId, params, query, cursor }) => {
      const { id: teamId } = await findTeamById(workspaceId, params.id);
      const place = { limit: query.limit, cursor: cursor.read(query.cursor) };
      const { people, nextCursor } = await listPeople(workspaceId, { teamId, ...place });
      return { data: people, nextCursor: cursor.write(nextCursor) };
    },
  }),
  endpoint("user_management:read-write", {
    id: "addTeamMember",
    method: "PUT",
    path: "/teams/{id}/members/{membershipId}",
    tag,
    summary: "Put somebody into a team; who is in it already stays",
    status: 204,
    run: async ({ actor, workspaceId, params }) => {
      await findPerson(workspaceId, params.membershipId);
      await addTeamMember(actor, params.id, params.membershipId);
    },
  }),
  endpoint("user_management:read-write", {
    id: "removeTeamMember",
    method: "DELETE",
    path: "/teams/{id}/members/{membershipId}",
    tag,
    summary: "Take somebody out of a team",
    status: 204,
    run: async ({ actor, workspaceId, params }) => {
      await findPerson(workspaceId, params.membershipId);
      await removeTeamMember(actor, params.id, params.membershipId);
    },
  }),
];
