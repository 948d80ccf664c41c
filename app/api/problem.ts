import { notNow } from "@/lib/limits/not-now";
import { translator } from "@/lib/messages/translator";
import { inOurWords, isRefusal, type Reason } from "@/lib/workspace/refusal";

/** The HTTP status of each refusal reason. */
export const statusOf = {
  not_found: 404,
  last_admin: 409,
  no_seat: 409,
  seat_limit_below_use: 409,
  user_name_taken: 409,
  team_name_taken: 409,
  team_name_blank: 422,
  unknown_members: 422,
  managed: 409,
  managed_elsewhere: 409,
  mass_change_held: 429,
  hold_decided: 409,
  connection_ended: 409,
  no_verified_domain: 409,
  stale_version: 412,
  domain_not_valid: 422,
  domain_refused: 422,
  domain_taken: 409,
  domain_already_added: 409,
  last_domain: 409,
  domain_lapsed: 409,
  address_not_valid: 422,
  already_member: 409,
  slug_taken: 409,
  slug_not_valid: 422,
  name_blank: 422,
  scope_not_known: 422,
  scope_missing: 422,
  expiry_in_past: 422,
  token_ended: 409,
  client_not_valid: 422,
  admin_not_allowed: 403,
  url_refused: 422,
  event_not_known: 422,
  too_many_webhooks: 409,
  limit_reached: 409,
  invite_dead: 410,
  sign_in_first: 401,
  asked_too_often: 429,
  state_conflict: 409,
  schema_incompatible: 409,
  setup_done: 409,
  list_not_valid: 422,
} satisfies Record<Reason, number>;

/** Ends a request with an error response. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;

  constructor(status: number, code: string, detail: string, field?: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** Renders an error: a problem, a refusal, or a neutral 500. The log has its cause. */
export function answerProblem(error: unknown, requestId: string): Response {
  const body = (status: number, code: string, detail: string, field?: string, retryAfter: number | null = null) => {
    const headers: Record<string, string> = { "x-request-id": requestId, "cache-control": "no-store" };
    if (retryAfter !== null) headers["retry-after"] = String(retryAfter);
    return Response.json({ error: { code, detail, ...(field && { field }), requestId } }, { status, headers });
  };
  if (error instanceof Problem) return body(error.status, error.code, error.message, error.field);
  if (isRefusal(error)) return body(statusOf[error.reason], error.reason, inOurWords(error));
  const { status, code, detail, retryAfter } = notNow(error) ?? {
    status: 500,
    code: "internal",
    detail: translator("problems")("internal"),
    retryAfter: null,
  };
  return body(status, code, detail, undefined, retryAfter);
}
