/** Every check outcome with its own message (D-16). */
export type DomainOutcome =
  | "verified"
  | "verified_at_apex"
  | "no_domain"
  | "no_record"
  | "nested"
  | "different_value"
  | "other_claim"
  | "server_error"
  | "no_answer"
  | "spreading"
  | "cname"
  | "wildcard"
  | "verified_elsewhere"
  | "resolver_outage";

export type DomainAnswer = {
  outcome: DomainOutcome;
  /** TXT values found instead, at most five, 80 characters each. */
  found: string[];
  /** How many resolvers saw the record, and how many were queried. */
  seen: number;
  asked: number;
  /** How many resolvers found the record missing, and how many got no answer from the zone. Absent from older stored answers. */
  missing?: number;
  unanswered?: number;
};

/** Outcomes that mean the record is gone. */
export const missing = new Set<DomainOutcome>([
  "no_domain",
  "no_record",
  "nested",
  "different_value",
  "other_claim",
  "cname",
  "wildcard",
]);

/** Outcomes that mean the zone doesn't answer. */
export const unanswered = new Set<DomainOutcome>(["server_error", "no_answer"]);

export const isMissing = (outcome: DomainOutcome) => missing.has(outcome);

export const isUnanswered = (outcome: DomainOutcome) => unanswered.has(outcome);

/**
 * The effect of an answer on a trusted claim. As with the proof, it takes a majority of the resolvers to decide that the record is gone or
 * the zone doesn't answer; without one, the answer counts no more than an outage of our own resolvers. A single resolver that still sees
 * the record, or claims to, can't outvote a majority that doesn't.
 */
export function decisiveOutcome({
  outcome,
  asked,
  missing: gone = asked,
  unanswered: silent = asked,
}: DomainAnswer): DomainOutcome {
  const majority = Math.min(2, asked);
  if (outcome === "spreading") return asked > 1 && gone >= majority && gone < asked ? "no_record" : outcome;
  if (isMissing(outcome) && gone < majority) return silent >= majority ? "no_answer" : "resolver_outage";
  return isUnanswered(outcome) && silent < majority ? "resolver_outage" : outcome;
}
