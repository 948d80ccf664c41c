/** Why a rule refused. Each edge has a complete table from reason to its own protocol. */
export type Reason =
  | "not_found"
  | "last_admin"
  | "no_seat"
  | "seat_limit_below_use"
  | "user_name_taken"
  | "team_name_taken"
  | "team_name_blank"
  | "unknown_members"
  | "managed"
  | "mass_change_held"
  | "hold_decided"
  | "connection_ended"
  | "managed_elsewhere"
  | "no_verified_domain"
  | "stale_version"
  | "domain_not_valid"
  | "domain_refused"
  | "domain_taken"
  | "domain_already_added"
  | "last_domain"
  | "domain_lapsed"
  | "address_not_valid"
  | "already_member"
  | "slug_taken"
  | "slug_not_valid"
  | "name_blank"
  | "scope_not_known"
  | "scope_missing"
  | "expiry_in_past"
  | "token_ended"
  | "client_not_valid"
  | "admin_not_allowed"
  | "url_refused"
  | "event_not_known"
  | "too_many_webhooks"
  | "limit_reached"
  | "invite_dead"
  | "sign_in_first"
  | "asked_too_often"
  | "state_conflict"
  | "schema_incompatible"
  | "setup_done";

/** A rule refused, and nothing was written. `detail` explains to a person what to do. */
export class Refusal extends Error {
  /** Identifies a refusal. `instanceof` doesn't work, because modules exist twice in the process. */
  readonly kind = "refusal";
  readonly reason: Reason;
  readonly detail: string;

  constructor(reason: Reason, detail: string) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
    this.detail = detail;
  }
}

export function isRefusal(error: unknown): error is Refusal {
  return (error as { kind?: string } | null)?.kind === "refusal";
}

/** Something that doesn't exist or belongs to another workspace: both give the same response. */
export function notFound(what: string): Refusal {
  return new Refusal("not_found", `There is no such ${what}.`);
}
