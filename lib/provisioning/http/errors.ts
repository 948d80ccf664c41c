import { isUnknownOutcome, unknownOutcomeDetail } from "@/lib/database/commit-outcome";
import { type Trouble, troubleOf } from "@/lib/database/trouble";
import { isBusy } from "@/lib/limits/lanes";
import { isOverdue } from "@/lib/limits/time-limit";
import { log } from "@/lib/log";
import { isScimError, ScimError } from "@/lib/scim/error";
import { isRefusal } from "@/lib/workspace/refusal";
import { toScimError } from "./refusals";

/** 429 with the seconds to wait. */
export function slowDown(seconds: number, detail: string): ScimError {
  const wait = String(Math.ceil(seconds));
  return new ScimError(429, undefined, `${detail} Try again in ${wait} s.`, { "retry-after": wait });
}

function unknownOutcome(error: unknown, requestId: string): ScimError {
  log().error({ err: error, requestId }, "the outcome of a commit is not known");
  return new ScimError(503, undefined, unknownOutcomeDetail, { "retry-after": "5" });
}

/** The answer to a database error: 503 if another try may succeed, 400 if a value can't be stored. */
function ofDatabase({ kind, detail, retryAfter }: Trouble): ScimError {
  if (kind === "not_storable" || retryAfter === null) return new ScimError(400, "invalidValue", detail);
  return new ScimError(503, undefined, detail, { "retry-after": String(retryAfter) });
}

/** The answer to any error: refusals by their table, temporary ones as 429 or 503, anything else as a neutral 500 (T38). */
export function asScimError(error: unknown, requestId: string): ScimError {
  if (isScimError(error)) return error;
  if (isRefusal(error)) return toScimError(error);
  if (isBusy(error)) return slowDown(error.retryAfter, error.message);
  if (isOverdue(error))
    return new ScimError(503, undefined, error.message, { "retry-after": String(error.retryAfter) });
  if (isUnknownOutcome(error)) return unknownOutcome(error, requestId);
  const trouble = troubleOf(error);
  log().error({ err: error, requestId, trouble: trouble?.kind }, "SCIM request failed");
  if (trouble) return ofDatabase(trouble);
  return new ScimError(
    500,
    undefined,
    "Something went wrong on our side. Nothing was changed; give the request id to your operator.",
  );
}
