import { api } from "@/app/api/handler";
import { listHistory } from "@/lib/workspace/profiles/history";
import { requirePerson } from "@/lib/workspace/profiles/profile";

export const GET = api("members:manage", null, async ({ workspaceId, params: { id = "" }, query }) => {
  await requirePerson(workspaceId, id);
  return listHistory(workspaceId, id, { cursor: query.get("cursor") ?? undefined, limit: 20 });
});
