import { isUnknownOutcome } from "@/lib/database/commit-outcome";
import { type TroubleKind, troubleOf } from "@/lib/database/trouble";
import { log } from "@/lib/log";
import { translator } from "@/lib/messages/translator";
import { isBusy } from "./lanes";
import { isOverdue } from "./time-limit";

/** A failure of the moment. `retryAfter` is in seconds; null if the same request would fail again. */
type NotNow = { status: number; code: string; detail: string; retryAfter: number | null };

/** The error code for each kind of database error. */
const codeOf: Record<TroubleKind, string> = {
  unreachable: "database_unreachable",
  read_only: "database_read_only",
  full: "database_full",
  crowded: "database_crowded",
  busy: "database_busy",
  too_slow: "too_slow",
  damaged: "database_damaged",
  migrated: "database_upgraded",
  not_storable: "not_storable",
};

/**
 * Logs an error and returns the response to it if a queue, the time limit or the database caused it; null for any other error. Protocols
 * ask for the text in English ("en"), pages in their reader's language.
 */
export function notNow(error: unknown, locale?: "en"): NotNow | null {
  const say = translator("problems", locale);
  if (isBusy(error)) {
    const { retryAfter } = error;
    const detail = say("later.too_many_requests", { seconds: String(Math.ceil(retryAfter)) });
    return { status: 429, code: "too_many_requests", detail, retryAfter };
  }
  const trouble = troubleOf(error);
  log().error({ err: error, trouble: trouble?.kind }, "request failed");
  if (isOverdue(error)) {
    return { status: 503, code: "overdue", detail: say("later.overdue"), retryAfter: error.retryAfter };
  }
  if (isUnknownOutcome(error)) {
    return { status: 503, code: "outcome_unknown", detail: say("later.outcome_unknown"), retryAfter: 5 };
  }
  if (trouble === null) return null;
  const { kind, retryAfter } = trouble;
  const status = retryAfter === null ? 422 : 503;
  return { status, code: codeOf[kind], detail: say(`database.${kind}`), retryAfter };
}
