import { z } from "zod";
import { memberFilter } from "@/lib/api/members";
import { request } from "@/lib/api/request";

const aloneActions = ["suspend", "reactivate", "make_admin", "make_member", "resend_invite", "cancel_invite"] as const;
const teamActions = ["add_to_team", "remove_from_team"] as const;

/** What is done, and for the two actions about a team, which one. */
const change = z.union([
  z.object({ action: z.enum(aloneActions), team: z.null() }),
  z.object({ action: z.enum(teamActions), team: z.uuid() }),
]);
export type Change = z.infer<typeof change>;
export type BulkAction = Change["action"];

/** Members by their ids, or all that match a filter. */
export const chosen = z.union([
  z.object({ ids: z.array(z.uuid()).min(1).max(10_000) }),
  z.object({ filter: memberFilter }),
]);
export type Chosen = z.infer<typeof chosen>;

export const previewBulkInput = z.object({ change, chosen });

/** Members of one request: few enough to be answered in time. */
export const bulkStep = 50;
export const runBulkInput = z.object({ change, ids: z.array(z.uuid()).min(1).max(bulkStep) });

export type BulkPreview = {
  /** The members whom the action concerns, and the names of the first ones. */
  ids: string[];
  named: string[];
  /** The first of those who are left out, each with the reason. */
  skipped: { id: string; name: string; why: string }[];
  skippedTotal: number;
  /** For a reactivation: seats that nobody uses; null without a limit. */
  freeSeats: number | null;
};

/** `rest` are the members that weren't reached, because the database was busy or away. */
export type BulkResult = { done: number; refused: { id: string; name: string; detail: string }[]; rest: string[] };

const path = (workspace: string) => `/api/workspaces/${workspace}/members/bulk`;

export const previewBulk = (workspace: string, input: z.infer<typeof previewBulkInput>) =>
  request<BulkPreview>("POST", `${path(workspace)}/preview`, input);
export const runBulk = (workspace: string, input: z.infer<typeof runBulkInput>) =>
  request<BulkResult>("POST", path(workspace), input);
