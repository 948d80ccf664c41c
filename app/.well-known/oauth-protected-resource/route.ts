import { protectedResourceMetadata } from "@/lib/oauth/metadata";

export const dynamic = "force-dynamic"; // the base URL is a runtime setting

/** The authorization server for Muster's APIs (RFC 9728). */
export function GET(): Response {
  return Response.json(protectedResourceMetadata(""), { headers: { "cache-control": "no-store" } });
}
