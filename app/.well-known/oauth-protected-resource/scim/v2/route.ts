import { protectedResourceMetadata } from "@/lib/oauth/metadata";

export const dynamic = "force-dynamic"; // the base URL is a runtime setting

/** The authorization server for SCIM. Its 401 responses point to this document (RFC 9728 §5.1). */
export function GET(): Response {
  return Response.json(protectedResourceMetadata("/scim/v2"), { headers: { "cache-control": "no-store" } });
}
