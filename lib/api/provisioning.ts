import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { request } from "./request";
import { invalid } from "./validation";

export type Counts = {
  requests: number;
  usersCreated: number;
  usersUpdated: number;
  usersSuspended: number;
  groupsChanged: number;
  errors: number;
};

export type ConnectionStatus = {
  id: string;
  name: string;
  state: "waiting" | "healthy" | "degraded" | "failing" | "stopped";
  reason: string | null;
  firstRequestAt: string | null;
  lastRequestAt: string | null;
  lastSuccessAt: string | null;
  lastError: { at: string; status: number; detail: string | null } | null;
  liveTokens: number;
  /** False once the connection has been disconnected. */
  isConnected: boolean;
};

/** A mass change that waits for an admin (`open`), or is refused until it is lifted (`stopped`). */
export type HoldStatus = {
  id: string;
  state: "open" | "stopped";
  counted: number;
  allowed: number;
  openedAt: string;
  /** The total number of held changes; `people` has the first ones. */
  total: number;
  people: { id: string; name: string; action: "suspend" | "end" | "move" | "demote" | "team"; by: string }[];
};

/** Access that the identity provider took in the last thirty days. */
export type Lost = {
  id: string;
  name: string;
  how: "suspended" | "ended" | "address" | "role" | "team_emptied" | "team_deleted";
  at: string;
  by: string;
  from: string | null;
  to: string | null;
  people: number;
};

export const decideHoldInput = z.object({ decision: z.enum(["approve", "stop", "lift"]) });
export const restoreInput = z.object({ ids: z.array(z.uuid()).min(1, invalid("restore")).max(1_000) });

export type HoldDecision = z.infer<typeof decideHoldInput>["decision"];
export type Restored = { restored: number; refused: { id: string; detail: string }[] };

export type ProvisioningStatus = {
  connections: ConnectionStatus[];
  hold: HoldStatus | null;
  lost: Lost[];
  /** The total number of losses; `lost` has the latest ones. */
  lostTotal: number;
  /** People who stay admins although a team change would have removed the role, because they are the only admin. */
  keptAdmins: { id: string; name: string }[];
  counts: { day: Counts; week: Counts };
  scimUrl: string;
  scimEnabled: boolean;
  verifiedDomains: number;
};

export type ScimRequestRow = {
  id: string;
  requestId: string;
  at: string;
  method: string;
  path: string;
  query: string | null;
  /** The person or team that was changed. */
  subject: string | null;
  status: number;
  scimType: string | null;
  effect: string | null;
  durationMs: number;
  token: { id: string; name: string } | null;
  agent: string | null;
  /** Requests around this one that could not be logged. */
  missing: number;
};

export type ScimRequestDetail = ScimRequestRow & {
  address: string | null;
  requestBody: string | null;
  responseBody: string | null;
  notes: string[];
  detail: string | null;
};

export type ScimRequestFilter = { search: string; status: string; method: string };
export type ScimRequestPage = { requests: ScimRequestRow[]; nextCursor: string | null };

/** What an admin should know on every page: a hold, a connection that doesn't work, a token that ends. */
export type Notice = {
  kind: "held" | "holdStopped" | "stopped" | "failing" | "tokenEnding" | "tokenEnded";
  name: string;
  at: string | null;
};

export const noticesQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["notices", workspace],
    queryFn: () => request<Notice[]>("GET", `/api/workspaces/${workspace}/notices`),
    refetchInterval: 60_000,
    staleTime: 30_000,
  });

/** Milliseconds between refreshes while the page is visible. */
const live = 3_000;

export const provisioningQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["provisioning", workspace],
    queryFn: () => request<ProvisioningStatus>("GET", `/api/workspaces/${workspace}/provisioning`),
    refetchInterval: live,
  });

export const scimRequestsQuery = (workspace: string, filter: ScimRequestFilter) =>
  infiniteQueryOptions({
    queryKey: ["scim-requests", workspace, filter],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ ...filter, ...(pageParam && { cursor: pageParam }) });
      return request<ScimRequestPage>("GET", `/api/workspaces/${workspace}/scim-requests?${query}`);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: live,
  });

export const scimRequestQuery = (workspace: string, id: string) =>
  queryOptions({
    queryKey: ["scim-request", workspace, id],
    queryFn: () => request<ScimRequestDetail>("GET", `/api/workspaces/${workspace}/scim-requests/${id}`),
    staleTime: Number.POSITIVE_INFINITY,
  });

const provisioning = (workspace: string, rest: string) => `/api/workspaces/${workspace}/provisioning${rest}`;

export const decideHold = (workspace: string, id: string, decision: HoldDecision) =>
  request<{ applied: number; skipped: number } | null>("POST", provisioning(workspace, `/holds/${id}`), { decision });
export const restorePeople = (workspace: string, ids: string[]) =>
  request<Restored>("POST", provisioning(workspace, "/restore"), { ids });
export const disconnect = (workspace: string, id: string) =>
  request<{ people: number; teams: number }>("DELETE", `/api/workspaces/${workspace}/connections/${id}`);
