import { type DomainState, fragment } from "@/lib/db";

/** Whether a domain counts as verified: in `warning`, its record has been missing for less than seven days. */
export function isVerified(state: DomainState): boolean {
  return state === "verified" || state === "warning";
}

/** The same as a condition on a row `d` of "Domain"; it matches the index "Domain_verified_key". */
export const isVerifiedDomain = fragment`d.state IN ('verified', 'warning')`;
