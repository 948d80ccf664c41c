import { protectedResourceMetadata } from "@/lib/oauth/metadata";

export const dynamic = "force-dynamic"; // the address is a setting of the running server

/** Who issues tokens for SCIM: a 401 of it names this document (RFC 9728 §5.1). */
export function GET(): Response {
  return Response.json(protectedResourceMetadata("/scim/v2"), { headers: { "cache-control": "no-store" } });
}
