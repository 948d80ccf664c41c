import { isUnknownOutcome } from "@/lib/database/commit-outcome";
import { troubleOf } from "@/lib/database/trouble";
import { translator } from "@/lib/messages/translator";
import { isRefusal } from "@/lib/workspace/refusal";
import { databaseLine, isOfDatabase } from "@/scripts/database/errors";

/** A command's error as one line. */
export function lineOf(error: unknown, databaseUrl = process.env.DATABASE_URL): string {
  if (isRefusal(error)) return error.detail;
  if (isUnknownOutcome(error)) return translator("problems", "en")("later.outcome_unknown");
  const trouble = troubleOf(error);
  if (trouble?.kind === "busy" || trouble?.kind === "too_slow") return trouble.detail;
  if (databaseUrl && isOfDatabase(error)) return databaseLine(error, databaseUrl, "The database");
  return error instanceof Error ? error.message : String(error);
}
