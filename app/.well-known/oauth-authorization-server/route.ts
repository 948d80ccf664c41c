import { authorizationServerMetadata } from "@/lib/oauth/metadata";

export const dynamic = "force-dynamic"; // the address is a setting of the running server

/** Where everything of OAuth is, and what it can do (RFC 8414). */
export function GET(): Response {
  return Response.json(authorizationServerMetadata(), { headers: { "cache-control": "no-store" } });
}
