import { authorizationServerMetadata } from "@/lib/oauth/metadata";

export const dynamic = "force-dynamic"; // the base URL is a runtime setting

/** OAuth server metadata: endpoints and capabilities (RFC 8414). */
export function GET(): Response {
  return Response.json(authorizationServerMetadata(), { headers: { "cache-control": "no-store" } });
}
