import NextAuth from "next-auth";
import { visitorOf } from "@/app/api/handler";
import { asVisitor, authOptions } from "@/lib/auth";
import { whyForeign } from "@/lib/origin";

type Context = { params: Promise<{ nextauth: string[] }> };

async function answer(request: Request, context: Context): Promise<Response> {
  const foreign = request.method === "GET" ? null : whyForeign(request.headers);
  if (foreign !== null) return Response.json({ error: { code: "foreign_origin", detail: foreign } }, { status: 403 });
  return asVisitor(visitorOf(request), () => NextAuth(authOptions())(request, context));
}

export { answer as GET, answer as POST };
