import { z } from "zod";
import { memberFilter } from "@/lib/api/members";
import { request } from "@/lib/api/request";

const bulkAction = z.enum([
  "suspend",
  "reactivate",
  "make_admin",
  "make_member",
  "resend_invite",
  "cancel_invite",
  "add_to_team",
  "remove_from_team",
]);
export type BulkAction = z.infer<typeof bulkAction>;

/** Teams are named for the two actions about them. */
const team = z.uuid().nullable();

/** Members by their ids, or all that match a filter. */
export const chosen = z.union([
  z.object({ ids: z.array(z.uuid()).min(1).max(10_000) }),
  z.object({ filter: memberFilter }),
]);
export type Chosen = z.infer<typeof chosen>;

export const previewBulkInput = z.object({ action: bulkAction, team, chosen });

/** Members of one request: few enough to be answered in time. */
export const bulkStep = 50;
export const runBulkInput = z.object({ action: bulkAction, team, ids: z.array(z.uuid()).min(1).max(bulkStep) });

export type BulkPreview = {
  /** The members whom the action concerns. */
  ids: string[];
  /** The first of those who are left out, each with the reason. */
  skipped: { id: string; name: string; why: string }[];
  skippedTotal: number;
  /** For a reactivation: seats that nobody uses; null without a limit. */
  freeSeats: number | null;
};
export type BulkResult = { done: number; refused: { id: string; detail: string }[] };

const path = (workspace: string) => `/api/workspaces/${workspace}/members/bulk`;

export const previewBulk = (workspace: string, input: z.infer<typeof previewBulkInput>) =>
  request<BulkPreview>("POST", `${path(workspace)}/preview`, input);
export const runBulk = (workspace: string, input: z.infer<typeof runBulkInput>) =>
  request<BulkResult>("POST", path(workspace), input);
