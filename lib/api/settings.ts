import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { request } from "./request";
import { requiredName } from "./validation";

export const updateSettingsInput = z.object({
  name: requiredName("workspace", "workspaceName").optional(),
  automaticSeatAssignment: z.boolean().optional(),
  seatMonthlyCap: z.int().min(0).max(1_000_000).nullable().optional(),
  scimEnabled: z.boolean().optional(),
  scimMayGrantAdmin: z.boolean().optional(),
  strictProfile: z.boolean().optional(),
  massChangeHold: z.boolean().optional(),
});

export const workspaceNameInput = z.object({
  name: requiredName("workspace", "workspaceName"),
});

export type UpdateSettings = z.infer<typeof updateSettingsInput>;

export type WorkspaceSettings = {
  name: string;
  slug: string;
  plan: string;
  seatLimit: number | null;
  seatsUsed: number;
  automaticSeatAssignment: boolean;
  /** How many seats automatic assignment may add in a month; null means no cap. */
  seatMonthlyCap: number | null;
  scimEnabled: boolean;
  scimMayGrantAdmin: boolean;
  strictProfile: boolean;
  massChangeHold: boolean;
  scimUrl: string;
};

export const settingsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["settings", workspace],
    queryFn: () => request<WorkspaceSettings>("GET", `/api/workspaces/${workspace}/settings`),
  });

export const updateSettings = (workspace: string, input: UpdateSettings) =>
  request<WorkspaceSettings>("PATCH", `/api/workspaces/${workspace}/settings`, input);

/** The people who would become admins at once if identity providers could grant it. */
export const wouldBeAdminsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["would-be-admins", workspace],
    queryFn: () => request<{ id: string; name: string }[]>("GET", `/api/workspaces/${workspace}/would-be-admins`),
    staleTime: 0,
  });

type SeatActor = "member" | "operator" | "system" | "token";
export type SeatChange = {
  id: string;
  at: string;
  change: 1 | -1;
  who: string;
  by: SeatActor;
  limitAfter: number | null;
};
export type SeatPage = { changes: SeatChange[]; nextCursor: string | null };

/** Seats taken and freed, newest first. */
export const seatsQuery = (workspace: string) =>
  infiniteQueryOptions({
    queryKey: ["seats", workspace],
    queryFn: ({ pageParam }) =>
      request<SeatPage>("GET", `/api/workspaces/${workspace}/seats${pageParam ? `?cursor=${pageParam}` : ""}`),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

export const seatCapInput = z.object({ cap: z.int().min(0).max(1_000_000).nullable() });
export const seatLimitInput = z.object({ limit: z.int().min(0).max(1_000_000).nullable() });
export const setSeatLimit = (workspace: string, limit: number | null) =>
  request<WorkspaceSettings>("PATCH", `/api/workspaces/${workspace}/seats`, { limit });
