import type { Workspace } from "@/lib/workspace/transaction";

type SeatRules = Pick<Workspace, "seatLimit" | "automaticSeatAssignment" | "seatMonthlyCap">;

/**
 * Decides on a new seat: one is free, the limit must be raised by one, or there is none, because automatic assignment is off or has reached
 * this month's cap. `added` counts the seats that automatic assignment has added this month.
 */
export function decideSeat(workspace: SeatRules, used: number, added: number): "free" | "raise" | "none" | "capped" {
  if (workspace.seatLimit === null || used < workspace.seatLimit) return "free";
  if (!workspace.automaticSeatAssignment) return "none";
  return workspace.seatMonthlyCap === null || added < workspace.seatMonthlyCap ? "raise" : "capped";
}
