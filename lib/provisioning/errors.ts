import { isUnknownOutcome, unknownOutcomeDetail } from "@/lib/commit-outcome";
import { isBusy } from "@/lib/lanes";
import { log } from "@/lib/log";
import { isScimError, ScimError } from "@/lib/scim/error";
import { isRefusal } from "@/lib/workspace/refusal";
import { toScimError } from "./refusals";

/** Errors of the database that say "not now": connection, shutdown, too many clients, lock and statement timeouts. */
const notNow = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOENT",
  "57P01",
  "57P02",
  "57P03",
  "53300",
  "55P03",
  "57014",
  "08006",
  "08001",
  "40P01",
  "40001",
]);

/** 429 with the seconds to wait. */
export function slowDown(seconds: number, detail: string): ScimError {
  const wait = String(Math.ceil(seconds));
  return new ScimError(429, undefined, `${detail} Try again in ${wait} s.`, { "retry-after": wait });
}

function unknownOutcome(error: unknown, requestId: string): ScimError {
  log().error({ err: error, requestId }, "the outcome of a commit is not known");
  return new ScimError(503, undefined, unknownOutcomeDetail, { "retry-after": "5" });
}

/** Whatever was thrown as an answer: a refusal by its table, "not now" as 503, anything else as a neutral 500 (T38). */
export function asScimError(error: unknown, requestId: string): ScimError {
  if (isScimError(error)) return error;
  if (isRefusal(error)) return toScimError(error);
  if (isBusy(error)) return slowDown(error.retryAfter, error.message);
  if (isUnknownOutcome(error)) return unknownOutcome(error, requestId);
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  log().error({ err: error, requestId }, "SCIM request failed");
  if (
    notNow.has(code ?? "") ||
    /timeout exceeded when trying to connect|Connection terminated|not queryable/.test(message ?? "")
  ) {
    return new ScimError(
      503,
      undefined,
      "The service can't reach its database just now. Nothing was changed; try again.",
      { "retry-after": "2" },
    );
  }
  return new ScimError(
    500,
    undefined,
    "Something went wrong on our side. Nothing was changed; give the request id to your operator.",
  );
}
