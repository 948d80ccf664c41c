import { notNow } from "@/lib/limits/not-now";
import { isScimError, ScimError } from "@/lib/scim/error";
import { isRefusal } from "@/lib/workspace/refusal";
import { toScimError } from "./refusals";

/** 429 with the seconds to wait. */
export function slowDown(seconds: number, detail: string): ScimError {
  const wait = String(Math.ceil(seconds));
  return new ScimError(429, undefined, `${detail} Try again in ${wait} s.`, { "retry-after": wait });
}

/** The response to any error: refusals by their table, temporary ones as 429 or 503, anything else as a neutral 500 (T38). */
export function asScimError(error: unknown): ScimError {
  if (isScimError(error)) return error;
  if (isRefusal(error)) return toScimError(error);
  const later = notNow(error, "en");
  if (!later) {
    const detail = "Something went wrong on our side. Nothing was changed; give the request id to your operator.";
    return new ScimError(500, undefined, detail);
  }
  if (later.retryAfter === null) return new ScimError(400, "invalidValue", later.detail); // it can't be stored
  return new ScimError(later.status, undefined, later.detail, { "retry-after": String(later.retryAfter) });
}
