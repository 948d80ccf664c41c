import { env } from "@/lib/env";

/** Seconds to delay an invite created by an identity provider, so that an invite for a test user never goes out. */
export function provisioningInviteDelay(): number {
  return env().MUSTER_INVITE_DELAY;
}
