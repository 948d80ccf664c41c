import { sql, type Tx } from "@/lib/db";
import { tellOfLeftBehind } from "./access-givers";
import { record } from "./audit-log";
import { keepWithinHold } from "./hold";
import { endInvite } from "./invites";
import { type Membership, membershipTarget, updateMembership } from "./membership";
import { holdsSeat } from "./rules";
import { freeSeat } from "./seats";
import { endSessionsOf, keepLastAdmin, type Situation } from "./standing";

/** Ends a membership for good: access, seat and teams go; the row stays as history, and remembers the teams for a restore. */
export async function endMembership(situation: Situation, membership: Membership): Promise<void> {
  const { tx, actor, workspace, claims } = situation;
  await keepLastAdmin(situation, membership);
  const isCounted = await keepWithinHold(situation, membership, "end");
  await tellOfLeftBehind(tx, workspace, membership);
  await endInvite(tx, workspace.id, membership.id);
  await endSessionsOf(tx, workspace.id, membership, claims);
  if (holdsSeat(membership.state)) freeSeat(tx, actor, membership.id, isCounted);
  await leaveTeams(tx, membership);
  await updateMembership(tx, { ...membership, state: "ended", overrideUntil: null });
  const change = { before: { state: membership.state, role: membership.role }, after: { state: "ended" } };
  record(tx, actor, "membership.ended", membershipTarget(membership), change);
}

/** Ending somebody changes the teams they were in: each is one version further. */
async function leaveTeams(tx: Tx, membership: Membership): Promise<void> {
  await tx.run(sql`
    WITH gone AS (DELETE FROM "TeamMember" WHERE "workspaceId" = ${membership.workspaceId} AND "membershipId" = ${membership.id} RETURNING "teamId"),
      moved AS (UPDATE "Team" t SET version = t.version + 1, "updatedAt" = now() FROM gone WHERE t."workspaceId" = ${membership.workspaceId} AND t.id = gone."teamId")
    UPDATE "Membership" SET "leftTeams" = ARRAY(SELECT "teamId" FROM gone) WHERE "workspaceId" = ${membership.workspaceId} AND id = ${membership.id}`);
}
