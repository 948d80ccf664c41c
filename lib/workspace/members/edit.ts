import { requireLiveToken } from "@/lib/workspace/access/live-token";
import type { Actor } from "@/lib/workspace/actor";
import { findClaims } from "@/lib/workspace/claims/claims";
import { withHold } from "@/lib/workspace/holds/hold";
import { requireUnlocked } from "@/lib/workspace/membership/managed";
import { findMembership, type Membership, updateMembership } from "@/lib/workspace/membership/row";
import type { Role } from "@/lib/workspace/membership/rules";
import { notFound, Refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";
import type { Context } from "./context";
import { changeRole, findMappedRoles } from "./roles";
import { reactivate, sendReactivationMails, suspend } from "./suspend";

function changeInApp(
  actor: Actor,
  membershipId: string,
  decide: (context: Context, membership: Membership) => Promise<unknown>,
): Promise<void> {
  const change = () =>
    inWorkspace(actor.workspaceId, async (tx, workspace) => {
      const context: Context = { tx, actor, workspace, claims: await findClaims(tx, workspace.id), notes: [] };
      const [membership] = await Promise.all([
        findMembership(tx, workspace.id, membershipId),
        requireLiveToken(tx, actor),
      ]);
      if (!membership) throw notFound("member");
      await requireUnlocked(tx, actor, membership, workspace.now);
      await decide(context, membership);
    });
  return withHold(actor, change);
}

export function suspendMember(actor: Actor, membershipId: string): Promise<void> {
  return changeInApp(actor, membershipId, async (context, membership) => {
    if (membership.state !== "active") throw new Refusal("state_conflict", "Only an active member can be suspended.");
    return updateMembership(context.tx, await suspend(context, membership));
  });
}

export function reactivateMember(actor: Actor, membershipId: string): Promise<void> {
  return changeInApp(actor, membershipId, async (context, membership) => {
    if (membership.state !== "suspended") throw new Refusal("state_conflict", "This member is not suspended.");
    const back = await reactivate(context, membership, [membership.address ?? membership.userName]);
    const saved = await updateMembership(context.tx, back.membership);
    await sendReactivationMails(context, saved, back.mails, 0);
    return saved;
  });
}

export function updateRole(actor: Actor, membershipId: string, role: Role): Promise<void> {
  return changeInApp(actor, membershipId, async (context, membership) => {
    const next = await changeRole(context, membership, role);
    if (next === membership) return;
    const isSaid = membership.saidRole !== null || (await findMappedRoles(context.tx, membership)).length > 0;
    await updateMembership(context.tx, { ...next, roleOverridden: membership.connectionId !== null && isSaid });
  });
}
