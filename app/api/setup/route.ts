import { open, visitorOf } from "@/app/api/handler";
import { Problem } from "@/app/api/problem";
import { setupInput } from "@/lib/api/account";
import { openSession } from "@/lib/auth";
import { translator } from "@/lib/messages/translator";
import { isSetupKey } from "@/lib/setup-link";
import { createFirstWorkspace } from "@/lib/workspace/workspaces/workspaces";

export const POST = open(setupInput, async ({ input, request }) => {
  if (!isSetupKey(input.key)) throw new Problem(403, "wrong_key", translator("problems")("setupKey"));
  const { slug, userId } = await createFirstWorkspace(input);
  const cookie = await openSession(userId, visitorOf(request));
  return Response.json({ slug }, { status: 201, headers: { "set-cookie": cookie, "cache-control": "no-store" } });
});
