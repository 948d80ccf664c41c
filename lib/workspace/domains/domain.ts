import type { DomainModel } from "@/lib/db";
import type { DomainAnswer } from "@/lib/workspace/claims/outcome";

export type Domain = Pick<
  DomainModel,
  | "id"
  | "workspaceId"
  | "name"
  | "challenge"
  | "state"
  | "verifiedBy"
  | "checks"
  | "createdAt"
  | "checkedAt"
  | "verifiedAt"
  | "warnedAt"
  | "unansweredSince"
  | "nextCheckAt"
> & { answer: (DomainAnswer & { at: string }) | null };
