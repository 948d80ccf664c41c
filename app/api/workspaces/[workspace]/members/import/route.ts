import { api } from "@/app/api/handler";
import { inviteManyInput } from "@/lib/api/bulk/lists";
import { runImport } from "@/lib/workspace/bulk/import";

export const POST = api("members:manage", inviteManyInput, ({ actor, input: { invitees } }) =>
  runImport(actor, invitees),
);
