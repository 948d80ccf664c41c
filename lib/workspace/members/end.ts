import { announceLeftBehind } from "@/lib/workspace/access/givers";
import { record } from "@/lib/workspace/audit/record";
import { keepWithinHold } from "@/lib/workspace/holds/hold";
import { endInvite } from "@/lib/workspace/invites/invites";
import { type Membership, membershipTarget, updateMembership } from "@/lib/workspace/membership/row";
import { holdsSeat } from "@/lib/workspace/membership/rules";
import { leaveTeams } from "@/lib/workspace/membership/team-members";
import { freeSeat } from "@/lib/workspace/seats/seats";
import type { Context } from "./context";
import { endSessionsOf, keepLastAdmin } from "./suspend";

/** Ends a membership for good: access, seat and teams go. The row stays as history and remembers the teams for a restore. */
export async function endMembership(context: Context, membership: Membership): Promise<void> {
  const { tx, actor, workspace, claims } = context;
  await keepLastAdmin(context, membership);
  const isCounted = await keepWithinHold(context, membership, { action: "end" });
  await announceLeftBehind(tx, workspace, membership);
  await endInvite(tx, workspace.id, membership.id);
  await endSessionsOf(tx, workspace.id, membership, claims);
  if (holdsSeat(membership.state)) freeSeat(tx, actor, membership.id, isCounted);
  await leaveTeams(tx, membership);
  await updateMembership(tx, { ...membership, state: "ended", overrideUntil: null });
  const change = { before: { state: membership.state, role: membership.role }, after: { state: "ended" } };
  record(tx, actor, "membership.ended", membershipTarget(membership), change);
}
