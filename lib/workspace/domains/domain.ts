import type { DomainAnswer } from "@/lib/workspace/claims/outcome";
import type { DomainState } from "@/lib/workspace/claims/state";

export type Domain = {
  id: string;
  workspaceId: string;
  name: string;
  challenge: string;
  state: DomainState;
  verifiedBy: "dns" | "operator" | null;
  answer: (DomainAnswer & { at: string }) | null;
  checks: number;
  createdAt: Date;
  checkedAt: Date | null;
  verifiedAt: Date | null;
  warnedAt: Date | null;
  unansweredSince: Date | null;
  nextCheckAt: Date | null;
};
