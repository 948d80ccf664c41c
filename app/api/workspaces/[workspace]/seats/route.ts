import { api } from "@/app/api/handler";
import { seatLimitInput } from "@/lib/api/settings";
import { listSeatChanges } from "@/lib/workspace/seats/seats";
import { findSettings, setSeatLimit } from "@/lib/workspace/workspaces/settings";

export const GET = api("workspace:manage", null, ({ workspaceId, query }) =>
  listSeatChanges(workspaceId, { cursor: query.get("cursor") ?? undefined }),
);

export const PATCH = api("workspace:manage", seatLimitInput, async ({ actor, workspaceId, input }) => {
  await setSeatLimit(actor, input.limit);
  return findSettings(workspaceId);
});
