import { open, visitorOf } from "@/app/api/handler";
import { namesInput } from "@/lib/api/account";
import { openSession } from "@/lib/auth";
import { acceptInvite } from "@/lib/workspace/invites";

export const POST = open(namesInput, async ({ input, params, request }) => {
  const { slug, userId } = await acceptInvite(params.token ?? "", input);
  const cookie = await openSession(userId, visitorOf(request));
  return Response.json({ slug }, { headers: { "set-cookie": cookie, "cache-control": "no-store" } });
});
