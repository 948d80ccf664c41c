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
  externalId: string | null;
  memberCount: number;
  managedBy: { id: string; name: string } | null;
  /** The role that the team gives. */
  role: TeamRole;
  overrideUntil: string | null;
  createdAt: string;
  /** When the team's name, its people or its other attributes last changed. */
  updatedAt: string;
  allowed: TeamAction[];
};

/** The filters of the list; those that are empty or absent filter nothing. */
const teamFilter = z
  .object({
    search: z.string().max(200),
    /** The id of a connection, or `app` for teams that nobody manages. */
    source: z.union([z.uuid(), z.enum(["", "app"])]),
    /** The role that the team gives. */
    role: z.enum(["", "admin", "member", "none"]),
    empty: z.enum(["", "yes"]),
    sort: z.enum(["", "name", "members"]),
    desc: z.enum(["", "yes"]),
  })
  .partial();
export type TeamFilter = z.infer<typeof teamFilter>;

/** The last team of the page before: its id, and the value that it was sorted by. */
type TeamCursor = { id: string; after: string };

export const teamPageQuery = teamFilter.extend({ cursor: z.uuid(), after: z.string().max(200) }).partial();

export type TeamPage = { teams: TeamRow[]; nextCursor: TeamCursor | null; total: number };
export type TeamMemberRow = {
  id: string;
  name: string;
  email: string | null;
  state: "invited" | "active" | "suspended";
  /** Since when they have been in the team. */
  since: string;
};
export type TeamMemberPage = { members: TeamMemberRow[]; nextCursor: string | null; total: number };

const path = (workspace: string, rest = "") => `/api/workspaces/${workspace}/teams${rest}`;

/** The key that begins every query about a workspace's teams, so that one call invalidates them all. */
export const teamsKey = (workspace: string) => ["teams", workspace] as const;

/** The key of the lists of teams, without the teams themselves. */
export const teamListsKey = (workspace: string) => [...teamsKey(workspace), "list"] as const;

export const teamsQuery = (workspace: string, filter: TeamFilter) =>
  infiniteQueryOptions({
    queryKey: [...teamListsKey(workspace), filter],
    queryFn: ({ pageParam }) => {
      const page = pageParam && { cursor: pageParam.id, after: pageParam.after };
      const given = Object.entries({ ...filter, ...page }).filter(([, value]) => value);
      const query = new URLSearchParams(given as [string, string][]);
      return request<TeamPage>("GET", `${path(workspace)}?${query}`);
    },
    initialPageParam: null as TeamCursor | null,
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

type Concerned = { total: number; people: { id: string; name: string; email: string | null }[] };

/** What a role of a team would change. The first people of each kind are named. */
export type TeamRolePreview = {
  gains: Concerned;
  loses: Concerned;
  /** Admins who keep the role, because nobody else is an admin. */
  keeps: Concerned;
  /** Members who don't become admins, because identity providers may not make admins. */
  notAllowed: Concerned;
  /** False for the admin role while identity providers may not make admins. */
  isEffective: boolean;
};

export const teamRolePreviewQuery = (workspace: string, id: string, role: TeamRole) =>
  queryOptions({
    queryKey: [...teamsKey(workspace), id, "role", role],
    queryFn: () => request<TeamRolePreview>("POST", path(workspace, `/${id}/role/preview`), { role }),
    staleTime: 0,
    gcTime: 0,
  });
