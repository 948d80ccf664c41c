import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { request } from "./request";
import { email, nameInput } from "./validation";

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

type Named = { id: string; name: string };

/** One person, as their page shows them. A person who was removed keeps the page, because the history stays. */
export type MemberProfile = Omit<MemberRow, "state"> & {
  state: MemberRow["state"] | "ended";
  /** Why they are in this state, as a sentence. */
  because: string | null;
  firstName: string;
  lastName: string;
  externalId: string | null;
  hasSeat: boolean;
  hasAccount: boolean;
  suspendedAt: string | null;
  endedAt: string | null;
  inviteExpiresAt: string | null;
  /** The teams with the connection that manages each, and the role that each gives. */
  memberOf: (Named & { managedBy: string | null; role: "admin" | "member" | null; since: string })[];
  /** Where the role comes from, as sentences. */
  roleFrom: string[];
  /** Null if the sessions don't concern this workspace, because the account is used in others, too. */
  sessions:
    | { id: string; agent: string | null; address: string | null; createdAt: string; lastSeenAt: string }[]
    | null;
  /** Attributes by schema; a path is such as `emails[work].value`. */
  schemas: { id: string; name: string; values: { path: string; value: string }[] }[];
  manager: Named | null;
  reports: Named[];
  reportCount: number;
};

/** `total` counts all matches; only the first page has it. */
export type MemberPage = { members: MemberRow[]; nextCursor: string | null; total: number };

/** The filters of the list; those that are empty or absent filter nothing. */
export const memberFilter = z
  .object({
    search: z.string().max(200),
    state: z.enum(["", "active", "invited", "suspended"]),
    role: z.enum(["", "admin", "member"]),
    /** The id of a connection, or `app` for people whom nobody manages. */
    source: z.union([z.uuid(), z.enum(["", "app"])]),
    /** The domain of the login address. */
    domain: z.string().max(253),
    team: z.union([z.uuid(), z.literal("")]),
    /** Only people outside this team. */
    outsideTeam: z.union([z.uuid(), z.literal("")]),
    noTeam: z.enum(["", "yes"]),
    neverSignedIn: z.enum(["", "yes"]),
    problem: z.enum(["", "yes"]),
    sort: z.enum(["", "name", "lastActive", "joined"]),
    desc: z.enum(["", "yes"]),
  })
  .partial();
export type MemberFilter = z.infer<typeof memberFilter>;

const path = (workspace: string, rest = "") => `/api/workspaces/${workspace}/members${rest}`;

/** The key that begins every query about a workspace's members, so that one call invalidates them all. */
export const membersKey = (workspace: string) => ["members", workspace] as const;

export const membersQuery = (workspace: string, filter: MemberFilter) =>
  infiniteQueryOptions({
    queryKey: [...membersKey(workspace), filter],
    queryFn: ({ pageParam }) => {
      const given = Object.entries({ ...filter, after: pageParam }).filter(([, value]) => value);
      const query = new URLSearchParams(given as [string, string][]);
      return request<MemberPage>("GET", `${path(workspace)}?${query}`);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchOnWindowFocus: false, // it would load all pages again
  });

export const memberQuery = (workspace: string, id: string) =>
  queryOptions({
    queryKey: [...membersKey(workspace), "one", id],
    queryFn: () => request<MemberProfile>("GET", path(workspace, `/${id}`)),
  });

/** Signs a person out of one session, or of all. */
export const endMemberSessions = (workspace: string, id: string, session?: string) =>
  request<null>("DELETE", path(workspace, `/${id}/sessions${session ? `/${session}` : ""}`));

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
