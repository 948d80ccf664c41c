import { maybeSignedIn, open, visitorOf } from "@/app/api/handler";
import { namesInput } from "@/lib/api/account";
import { openSession } from "@/lib/auth";
import { acceptInvite } from "@/lib/workspace/invites/accept";

export const POST = open(namesInput, async ({ input, params, request }) => {
  const signedIn = await maybeSignedIn(request);
  const acceptor = signedIn && { userId: signedIn.user.id, sessionId: signedIn.sessionId };
  const { slug, userId, isNew } = await acceptInvite(params.token ?? "", input, acceptor);
  // The mailbox proves a new account. An existing one requires its own sign-in.
  const cookie: Record<string, string> = isNew ? { "set-cookie": await openSession(userId, visitorOf(request)) } : {};
  return Response.json({ slug }, { headers: { ...cookie, "cache-control": "no-store" } });
});
