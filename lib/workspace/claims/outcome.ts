/** Every outcome of a check that has a text of its own (D-16). */
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
  /** TXT values found instead, five at most, 80 characters each. */
  found: string[];
  /** How many resolvers saw the record, of how many asked. */
  seen: number;
  asked: number;
  /** How many found the record missing, and how many got no answer from the zone; answers from before don't say. */
  missing?: number;
  unanswered?: number;
};

/** Outcomes that say the record is gone. */
export const missing = new Set<DomainOutcome>([
  "no_domain",
  "no_record",
  "nested",
  "different_value",
  "other_claim",
  "cname",
  "wildcard",
]);

/** Outcomes of a zone that doesn't answer. */
export const unanswered = new Set<DomainOutcome>(["server_error", "no_answer"]);

export const isMissing = (outcome: DomainOutcome) => missing.has(outcome);

export const isUnanswered = (outcome: DomainOutcome) => unanswered.has(outcome);

/**
 * What an answer says of a claim that is trusted. That the record is gone, or that the zone doesn't answer, takes a majority of the
 * resolvers as a proof does; without one it says no more than our own resolvers' outage. One that still sees the record, or says so,
 * stops no majority that doesn't.
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
