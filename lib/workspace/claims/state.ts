import type { DomainState } from "@/lib/db";
import { type DomainOutcome, isMissing, isUnanswered } from "./outcome";

type Claim = {
  state: DomainState;
  createdAt: Date;
  warnedAt: Date | null;
  /** When the zone stopped answering; null while it answers. */
  unansweredSince?: Date | null;
  verifiedBy: "dns" | "operator" | null;
};

const day = 86_400;
/** Seconds after the claim at which DNS is checked; then hourly up to 72 hours and daily up to 30 days. */
const ladder = [0, 5, 15, 30, 60, 120, 300, 900, 3_600];

/** Seconds of a missing record, or of silence, before the state drops another step. */
const grace = 7 * day;

/**
 * The state after an answer: pending → verified → warning → lapsed → verified, or pending → failed (D-16, D-19). A missing record warns for seven days, then trust ends (T10). Silence and errors from a zone's servers are
 * ignored for seven days, warn for seven more, and then end trust: they look the same as a domain that was given up.
 */
export function nextState(claim: Claim, outcome: DomainOutcome, now: Date): DomainState {
  if (outcome === "verified" || outcome === "verified_at_apex") return "verified";
  if (claim.state === "pending") return secondsSince(claim.createdAt, now) >= 30 * day ? "failed" : "pending";
  if (isMissing(outcome)) return withoutRecord(claim, now);
  return isUnanswered(outcome) ? withoutAnswer(claim, now) : claim.state;
}

function withoutRecord(claim: Claim, now: Date): DomainState {
  if (claim.state === "verified") return claim.verifiedBy === "operator" ? "verified" : "warning";
  const isOver = claim.warnedAt !== null && secondsSince(claim.warnedAt, now) >= grace;
  return claim.state === "warning" && isOver ? "lapsed" : claim.state;
}

function withoutAnswer(claim: Claim, now: Date): DomainState {
  const { unansweredSince = null } = claim;
  const isLong = unansweredSince !== null && secondsSince(unansweredSince, now) >= grace;
  return isLong ? withoutRecord(claim, now) : claim.state;
}

function secondsSince(then: Date, now: Date): number {
  return (now.getTime() - then.getTime()) / 1000;
}

/** Seconds until the next check, or null when there is none: the claim failed or an operator verified it. */
export function nextCheckIn(claim: Claim, next: DomainState, now: Date): number | null {
  if (next === "failed" || (next === "verified" && claim.verifiedBy === "operator")) return null;
  if (next !== "pending") return day;
  const age = secondsSince(claim.createdAt, now);
  const rung = ladder.find((seconds) => seconds > age);
  if (rung !== undefined) return rung - age;
  return age < 72 * 3_600 ? 3_600 : day;
}
