import type { Tone } from "@/components/ui/badge";
import type { DomainRow } from "@/lib/api/domains";
import type { Translator } from "@/lib/messages/room";

export const stateTones: Record<DomainRow["state"], Tone> = {
  pending: "warn",
  verified: "good",
  warning: "warn",
  lapsed: "bad",
  failed: "bad",
};

/** Explains the last DNS answer and the next step, with one text per outcome (D-16). */
export function answerWords(
  { answer, record, displayName }: DomainRow,
  t: Translator<"domains">,
): { text: string; next: string } | null {
  if (!answer) return null;
  const { outcome, seen, asked } = answer;
  const facts = { host: record.fullName, short: record.host, domain: displayName, seen, asked };
  return { text: t(`answer.${outcome}.text`, facts), next: t(`answer.${outcome}.next`, facts) };
}
