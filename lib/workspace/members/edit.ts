import { requireLiveToken } from "@/lib/workspace/access/live-token";
import type { Actor } from "@/lib/workspace/actor";
import type { Situation } from "@/lib/workspace/context";
import { findClaims } from "@/lib/workspace/domains/claims";
import { orHold } from "@/lib/workspace/holds/hold";
import { requireUnlocked } from "@/lib/workspace/managed";
import { notFound, Refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { findMembership, type Membership, updateMembership } from "./membership";
import { changeRole, findMappedRoles } from "./roles";
import type { Role } from "./rules";
import { reactivate, sendReactivationMails, suspend } from "./suspend";

function changeInApp(
  actor: Actor,
  membershipId: string,
  decide: (situation: Situation, membership: Membership) => Promise<unknown>,
): Promise<void> {
  const change = () =>
    inWorkspace(actor.workspaceId, async (tx, workspace) => {
      const situation: Situation = { tx, actor, workspace, claims: await findClaims(tx, workspace.id), notes: [] };
      const [membership] = await Promise.all([
        findMembership(tx, workspace.id, membershipId),
        requireLiveToken(tx, actor),
      ]);
      if (!membership) throw notFound("member");
      await requireUnlocked(tx, actor, membership, workspace.now);
      await decide(situation, membership);
    });
  return orHold(actor, change);
}

export function suspendMember(actor: Actor, membershipId: string): Promise<void> {
  return changeInApp(actor, membershipId, async (situation, membership) => {
    if (membership.state !== "active") throw new Refusal("state_conflict", "Only an active member can be suspended.");
    return updateMembership(situation.tx, await suspend(situation, membership));
  });
}

export function reactivateMember(actor: Actor, membershipId: string): Promise<void> {
  return changeInApp(actor, membershipId, async (situation, membership) => {
    if (membership.state !== "suspended") throw new Refusal("state_conflict", "This member is not suspended.");
    const back = await reactivate(situation, membership, [membership.address ?? membership.userName]);
    const saved = await updateMembership(situation.tx, back.membership);
    await sendReactivationMails(situation, saved, back.mails, 0);
    return saved;
  });
}

export function updateRole(actor: Actor, membershipId: string, role: Role): Promise<void> {
  return changeInApp(actor, membershipId, async (situation, membership) => {
    const next = await changeRole(situation, membership, role);
    if (next === membership) return;
    const isSaid = membership.saidRole !== null || (await findMappedRoles(situation.tx, membership)).length > 0;
    await updateMembership(situation.tx, { ...next, roleOverridden: membership.connectionId !== null && isSaid });
  });
}
