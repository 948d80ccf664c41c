import { ScimError, type ScimType } from "@/lib/scim/error";
import type { Reason, Refusal } from "@/lib/workspace/refusal";

/** Each reason's SCIM error (RFC 7644 §3.12, D-80). Reasons that only the app can cause are plain 400. */
const answers = {
  not_found: { status: 404 },
  last_admin: { status: 400 },
  no_seat: { status: 403 },
  seat_limit_below_use: { status: 400 },
  user_name_taken: { status: 409, scimType: "uniqueness" },
  team_name_taken: { status: 409, scimType: "uniqueness" },
  team_name_blank: { status: 400, scimType: "invalidValue" },
  unknown_members: { status: 400, scimType: "invalidValue" },
  managed: { status: 409 },
  managed_elsewhere: { status: 409 },
  mass_change_held: { status: 429, retryAfter: 900 },
  hold_decided: { status: 409 },
  connection_ended: { status: 409 },
  no_verified_domain: { status: 403 },
  stale_version: { status: 412 },
  domain_not_valid: { status: 400 },
  domain_refused: { status: 400 },
  domain_taken: { status: 400 },
  domain_already_added: { status: 400 },
  domain_lapsed: { status: 409 },
  last_domain: { status: 400 },
  address_not_valid: { status: 400, scimType: "invalidValue" },
  already_member: { status: 409, scimType: "uniqueness" },
  slug_taken: { status: 400 },
  slug_not_valid: { status: 400 },
  name_blank: { status: 400 },
  scope_not_known: { status: 400 },
  scope_missing: { status: 400 },
  expiry_in_past: { status: 400 },
  token_ended: { status: 401 },
  client_not_valid: { status: 400 },
  admin_not_allowed: { status: 403 },
  url_refused: { status: 400 },
  event_not_known: { status: 400 },
  too_many_webhooks: { status: 400 },
  limit_reached: { status: 403 },
  invite_dead: { status: 400 },
  sign_in_first: { status: 400 },
  asked_too_often: { status: 429 },
  state_conflict: { status: 409 },
  schema_incompatible: { status: 400 },
  setup_done: { status: 400 },
  list_not_valid: { status: 400 },
} satisfies Record<Reason, Answer>;

/** `retryAfter` is in seconds. */
type Answer = { status: number; scimType?: ScimType; retryAfter?: number };

export function toScimError({ reason, detail }: Refusal): ScimError {
  const { status, scimType, retryAfter }: Answer = answers[reason];
  return new ScimError(status, scimType, detail, retryAfter === undefined ? {} : { "retry-after": String(retryAfter) });
}
