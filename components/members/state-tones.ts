import type { Tone } from "@/components/ui/badge";
import type { MemberProfile } from "@/lib/api/members";

/** The colour of each state. */
export const stateTones: Record<MemberProfile["state"], Tone> = {
  active: "good",
  invited: "accent",
  suspended: "neutral",
  ended: "bad",
};
