import NextAuth from "next-auth";
import { maybeSignedIn, visitorOf } from "@/app/api/handler";
import { asVisitor, authOptions } from "@/lib/auth";
import { whyForeign } from "@/lib/origin";

type Context = { params: Promise<{ nextauth: string[] }> };

/**
 * A link from a mail is used up by the button of our own page, never by a GET: any page of the web could send a visitor here, and
 * sign them in to an account of its choice.
 */
async function follow(request: Request, context: Context): Promise<Response> {
  const { nextauth } = await context.params;
  if (nextauth.join("/") !== "callback/email") return answer(request, context);
  const { search } = new URL(request.url);
  return new Response(null, {
    status: 303,
    headers: { location: `/sign-in/confirm${search}`, "cache-control": "no-store" },
  });
}

async function answer(request: Request, context: Context): Promise<Response> {
  const foreign = request.method === "GET" ? null : whyForeign(request.headers);
  if (foreign !== null) return Response.json({ error: { code: "foreign_origin", detail: foreign } }, { status: 403 });
  const signedIn = await maybeSignedIn(request);
  const visitor = { ...visitorOf(request), userId: signedIn?.user.id };
  return asVisitor(visitor, () => NextAuth(authOptions())(request, context));
}

export { answer as POST, follow as GET };
