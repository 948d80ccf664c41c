import { api } from "@/app/api/handler";
import { runBulkInput } from "@/lib/api/bulk/changes";
import { runBulk } from "@/lib/workspace/bulk/run";

export const POST = api("members:manage", runBulkInput, ({ actor, input: { action, ids, team } }) =>
  runBulk(actor, action, ids, team),
);
