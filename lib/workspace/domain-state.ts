import type { DomainOutcome } from "./domain-check";

/** pending → verified → warning → lapsed → verified, or pending → failed (ux.md A2). */
export type DomainState = "pending" | "verified" | "warning" | "lapsed" | "failed";

type Claim = { state: DomainState; createdAt: Date; warnedAt: Date | null; verifiedBy: "dns" | "operator" | null };

const day = 86_400;
/** Seconds after the claim at which it is looked for: then hourly to 72 hours, daily to 30 days. */
const ladder = [0, 5, 15, 30, 60, 120, 300, 900, 3_600];

/** Outcomes that say the record is gone. Silence and errors of name servers say nothing (F07). */
const missing = new Set<DomainOutcome>([
  "no_domain",
  "no_record",
  "nested",
  "different_value",
  "other_claim",
  "cname",
  "wildcard",
]);

/** The state after an answer. A missing record warns for seven days before trust ends (T10). */
export function nextState(claim: Claim, outcome: DomainOutcome, now: Date): DomainState {
  if (outcome === "verified" || outcome === "verified_at_apex") return "verified";
  if (claim.state === "pending") return secondsSince(claim.createdAt, now) >= 30 * day ? "failed" : "pending";
  return missing.has(outcome) ? withoutRecord(claim, now) : claim.state;
}

function withoutRecord(claim: Claim, now: Date): DomainState {
  if (claim.state === "verified") return claim.verifiedBy === "operator" ? "verified" : "warning";
  const isOver = claim.warnedAt !== null && secondsSince(claim.warnedAt, now) >= 7 * day;
  return claim.state === "warning" && isOver ? "lapsed" : claim.state;
}

function secondsSince(then: Date, now: Date): number {
  return (now.getTime() - then.getTime()) / 1000;
}

/** Seconds until the next check, or null when there is none: failed, or an operator's word. */
export function nextCheckIn(claim: Claim, next: DomainState, now: Date): number | null {
  if (next === "failed" || (next === "verified" && claim.verifiedBy === "operator")) return null;
  if (next !== "pending") return day;
  const age = secondsSince(claim.createdAt, now);
  const rung = ladder.find((seconds) => seconds > age);
  if (rung !== undefined) return rung - age;
  return age < 72 * 3_600 ? 3_600 : day;
}
