import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { admitAuthRequest, forgetPlace } from "@/app/api/auth/entry";
import { maybeSignedIn, visitorOf } from "@/app/api/handler";
import { requireOurOrigin } from "@/app/api/origin";
import { answerProblem, type Problem } from "@/app/api/problem";
import { asVisitor, authOptions } from "@/lib/auth";
import { inRequest, newRequestId } from "@/lib/log";

type Context = { params: Promise<{ nextauth: string[] }> };

/**
 * A link from an email is used by the button on our own page, never by a GET: otherwise any site could send a visitor here and sign them in
 * to an account of its choice.
 */
function toConfirmPage(request: NextRequest): Response {
  const headers = { location: `/sign-in/confirm${new URL(request.url).search}`, "cache-control": "no-store" };
  return new Response(null, { status: 303, headers });
}

function answer(request: NextRequest, context: Context): Promise<Response> {
  const requestId = newRequestId();
  return inRequest(requestId, async () => {
    try {
      requireOurOrigin(request);
      const admitted = await admitAuthRequest(request);
      const { nextauth } = await context.params;
      if (request.method !== "POST" && nextauth.join("/") === "callback/email") return toConfirmPage(request);
      const signedIn = await maybeSignedIn(request);
      const visitor = { ...visitorOf(request), userId: signedIn?.user.id };
      return await asVisitor(visitor, () => NextAuth(authOptions())(admitted, context));
    } catch (error) {
      const response = answerProblem(error, requestId);
      return (error as Problem).code === "cookie_not_valid" ? forgetPlace(response) : response;
    }
  });
}

export { answer as GET, answer as POST };
