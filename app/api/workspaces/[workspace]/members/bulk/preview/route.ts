import { api, maxListBody } from "@/app/api/handler";
import { toMemberQuery } from "@/app/api/workspaces/[workspace]/members/query";
import { previewBulkInput } from "@/lib/api/bulk/changes";
import { previewBulk } from "@/lib/workspace/bulk/select";

export const POST = api(
  "members:manage",
  previewBulkInput,
  ({ actor, input: { change, chosen } }) =>
    previewBulk(actor, change.action, "ids" in chosen ? chosen : { filter: toMemberQuery(chosen.filter) }, change.team),
  maxListBody,
);
