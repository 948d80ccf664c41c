import { protectedResourceMetadata } from "@/lib/oauth/metadata";

export const dynamic = "force-dynamic"; // the address is a setting of the running server

/** Who issues tokens for what is here (RFC 9728). */
export function GET(): Response {
  return Response.json(protectedResourceMetadata(""), { headers: { "cache-control": "no-store" } });
}
