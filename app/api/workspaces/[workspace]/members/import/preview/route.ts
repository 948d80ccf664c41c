import { api, maxListBody } from "@/app/api/handler";
import { listInput } from "@/lib/api/bulk/lists";
import { previewImport } from "@/lib/workspace/bulk/import";

export const POST = api(
  "members:manage",
  listInput,
  ({ actor, input: { text } }) => previewImport(actor, text),
  maxListBody,
);
