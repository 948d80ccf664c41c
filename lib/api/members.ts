import { infiniteQueryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { email } from "./email";
import { request } from "./request";
import { nameInput } from "./validation";

export const updateRoleInput = z.object({ role: z.enum(["admin", "member"]) });

export const inviteMemberInput = z.object({
  email,
  firstName: nameInput("person"),
  lastName: nameInput("person"),
  role: z.enum(["admin", "member"]),
});
export type InviteMember = z.infer<typeof inviteMemberInput>;

export type MemberAction =
  | "suspend"
  | "reactivate"
  | "make_admin"
  | "make_member"
  | "resend_invite"
  | "cancel_invite"
  | "override";

export type MemberRow = {
  id: string;
  name: string;
  email: string | null;
  userName: string;
  role: "admin" | "member";
  state: "invited" | "active" | "suspended";
  managedBy: { id: string; name: string } | null;
  teams: { id: string; name: string }[];
  joinedAt: string;
  lastActiveAt: string | null;
  waiting: string | null;
  /** The mail server's response to the last email, when it refused this person's address for good. */
  mailRefused: string | null;
  allowed: MemberAction[];
  reason: string | null;
  /** Until when an admin may change a managed person here, while an override is open. */
  overrideUntil: string | null;
};

export type MemberPage = { members: MemberRow[]; nextCursor: string | null; total: number };
export type MemberFilter = {
  search: string;
  state: string;
  /** Only people outside this team. */
  outsideTeam?: string;
};

const path = (workspace: string, rest = "") => `/api/workspaces/${workspace}/members${rest}`;

/** The key that begins every query about a workspace's members, so that one call invalidates them all. */
export const membersKey = (workspace: string) => ["members", workspace] as const;

export const membersQuery = (workspace: string, filter: MemberFilter) =>
  infiniteQueryOptions({
    queryKey: [...membersKey(workspace), filter],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({
        search: filter.search,
        state: filter.state,
        ...(filter.outsideTeam && { outsideTeam: filter.outsideTeam }),
        ...(pageParam && { cursor: pageParam }),
      });
      return request<MemberPage>("GET", `${path(workspace)}?${query}`);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

export const inviteMember = (workspace: string, input: InviteMember) =>
  request<{ id: string }>("POST", path(workspace), input);

const calls: Record<MemberAction, (workspace: string, id: string) => Promise<unknown>> = {
  suspend: (workspace, id) => request("POST", path(workspace, `/${id}/suspend`)),
  reactivate: (workspace, id) => request("POST", path(workspace, `/${id}/reactivate`)),
  make_admin: (workspace, id) => request("PATCH", path(workspace, `/${id}/role`), { role: "admin" }),
  make_member: (workspace, id) => request("PATCH", path(workspace, `/${id}/role`), { role: "member" }),
  resend_invite: (workspace, id) => request("POST", path(workspace, `/${id}/invite`)),
  cancel_invite: (workspace, id) => request("DELETE", path(workspace, `/${id}/invite`)),
  override: (workspace, id) => request("POST", path(workspace, `/${id}/override`)),
};

export const changeMember = (workspace: string, id: string, action: MemberAction) => calls[action](workspace, id);
