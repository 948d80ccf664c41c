import type { Workspace } from "@/lib/workspace/transaction";

type SeatRules = Pick<Workspace, "seatLimit" | "automaticSeatAssignment" | "seatMonthlyCap">;

/**
 * What a new seat needs: nothing, one more on the limit, or there is none, because nobody adds any or this month's cap is
 * reached. `added` is how many automatic assignment has added this month.
 */
export function decideSeat(workspace: SeatRules, used: number, added: number): "free" | "raise" | "none" | "capped" {
  if (workspace.seatLimit === null || used < workspace.seatLimit) return "free";
  if (!workspace.automaticSeatAssignment) return "none";
  return workspace.seatMonthlyCap === null || added < workspace.seatMonthlyCap ? "raise" : "capped";
}
