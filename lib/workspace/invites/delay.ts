import { env } from "@/lib/env";

/** Seconds that an invite made by an identity provider waits, so that a test user's never leaves. */
export function provisioningInviteDelay(): number {
  return env().MUSTER_INVITE_DELAY;
}
