import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { request } from "./request";
import { requiredName } from "./validation";

export const teamInput = z.object({
  name: requiredName("team", "teamName"),
});
export const teamRoleInput = z.object({ role: z.enum(["admin", "member"]).nullable() });

export type TeamRole = z.infer<typeof teamRoleInput>["role"];
type TeamAction = "rename" | "change_members" | "delete" | "override" | "map_role";

export type TeamRow = {
  id: string;
  name: string;
  memberCount: number;
  managedBy: { id: string; name: string } | null;
  /** The role that the team gives. */
  role: TeamRole;
  overrideUntil: string | null;
  allowed: TeamAction[];
};

export type TeamPage = { teams: TeamRow[]; nextCursor: string | null; total: number };
type TeamMemberRow = {
  id: string;
  name: string;
  email: string | null;
  state: "invited" | "active" | "suspended";
};
export type TeamMemberPage = { members: TeamMemberRow[]; nextCursor: string | null; total: number };

const path = (workspace: string, rest = "") => `/api/workspaces/${workspace}/teams${rest}`;

/** The key that begins every query about a workspace's teams, so that one call invalidates them all. */
export const teamsKey = (workspace: string) => ["teams", workspace] as const;

/** The key of the lists of teams, without the teams themselves. */
export const teamListsKey = (workspace: string) => [...teamsKey(workspace), "list"] as const;

/** The teams by name. The first two parts of the key invalidate everything about a workspace's teams. */
export const teamsQuery = (workspace: string, search: string) =>
  infiniteQueryOptions({
    queryKey: [...teamListsKey(workspace), search],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ search, ...(pageParam && { after: pageParam }) });
      return request<TeamPage>("GET", `${path(workspace)}?${query}`);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

export const teamMembersQuery = (workspace: string, id: string, search: string) =>
  infiniteQueryOptions({
    queryKey: [...teamsKey(workspace), id, "members", search],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ search, ...(pageParam && { cursor: pageParam }) });
      return request<TeamMemberPage>("GET", path(workspace, `/${id}/members?${query}`));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

export const teamQuery = (workspace: string, id: string) =>
  queryOptions({
    queryKey: [...teamsKey(workspace), id],
    queryFn: () => request<TeamRow>("GET", path(workspace, `/${id}`)),
  });

export const createTeam = (workspace: string, name: string) =>
  request<{ id: string }>("POST", path(workspace), { name });
export const renameTeam = (workspace: string, id: string, name: string) =>
  request<null>("PATCH", path(workspace, `/${id}`), { name });
export const deleteTeam = (workspace: string, id: string) => request<null>("DELETE", path(workspace, `/${id}`));
export const overrideTeam = (workspace: string, id: string) =>
  request<null>("POST", path(workspace, `/${id}/override`));
/** Notes for an admin about a change, such as a role that was not given, or who stays the last admin. */
type Noted = { notes: string[] };

export const addTeamMember = (workspace: string, id: string, member: string) =>
  request<Noted>("PUT", path(workspace, `/${id}/members/${member}`));
export const removeTeamMember = (workspace: string, id: string, member: string) =>
  request<Noted>("DELETE", path(workspace, `/${id}/members/${member}`));
export const setTeamRole = (workspace: string, id: string, role: TeamRole) =>
  request<Noted>("PUT", path(workspace, `/${id}/role`), { role });
