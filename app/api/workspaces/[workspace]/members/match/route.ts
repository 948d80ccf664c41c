import { api, maxListBody } from "@/app/api/handler";
import { listInput } from "@/lib/api/bulk/lists";
import { matchPeople } from "@/lib/workspace/bulk/match";

export const POST = api(
  "members:manage",
  listInput,
  ({ workspaceId, input: { text } }) => matchPeople(workspaceId, text),
  maxListBody,
);
