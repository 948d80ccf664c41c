import { env } from "@/lib/env";

/** The URL that SCIM's own addresses begin with. */
export function scimBase(): string {
  return `${env().MUSTER_URL}/scim/v2`;
}
