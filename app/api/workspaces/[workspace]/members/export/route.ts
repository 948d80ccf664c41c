import { api, maxListBody } from "@/app/api/handler";
import { toMemberQuery } from "@/app/api/workspaces/[workspace]/members/query";
import { exportInput } from "@/lib/api/bulk/lists";
import { exportMembers } from "@/lib/workspace/bulk/export";

const types = { csv: "text/csv; charset=utf-8; header=present", jsonl: "application/jsonl; charset=utf-8" };

export const POST = api(
  "members:manage",
  exportInput,
  async ({ actor, input: { chosen, format } }) => {
    const who = "ids" in chosen ? chosen : { filter: toMemberQuery(chosen.filter) };
    const pieces = await exportMembers(actor, who, format);
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { value, done } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel: async () => void (await pieces.return(undefined)),
    });
    const headers = {
      "content-type": types[format],
      "content-disposition": `attachment; filename="members.${format}"`,
      "cache-control": "no-store",
    };
    return new Response(body, { headers });
  },
  maxListBody,
);
