import { api } from "@/app/api/handler";
import { runBulkInput } from "@/lib/api/bulk/changes";
import { runBulk } from "@/lib/workspace/bulk/run";

export const POST = api("members:manage", runBulkInput, ({ actor, input: { change, ids } }) =>
  runBulk(actor, change.action, ids, change.team),
);
