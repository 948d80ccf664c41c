import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { request } from "./request";

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
};

export type ProvisioningStatus = {
  connections: ConnectionStatus[];
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
  /** Whom a change was about. */
  subject: string | null;
  status: number;
  scimType: string | null;
  effect: string | null;
  durationMs: number;
  token: { id: string; name: string } | null;
  agent: string | null;
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

/** How often the page looks again while it is seen, in milliseconds. */
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
