import type { Role } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { withHold } from "@/lib/workspace/holds/hold";
import { requireUnlocked } from "@/lib/workspace/membership/managed";
import { findMembership, type Membership, updateMembership } from "@/lib/workspace/membership/row";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { type Context, inContextWith } from "./context";
import { changeRole, findMappedRoles } from "./roles";
import { reactivate, sendReactivationMails, suspend } from "./suspend";

function changeInApp(
  actor: Actor,
  membershipId: string,
  decide: (context: Context, membership: Membership) => Promise<unknown>,
): Promise<void> {
  const change = () =>
    inContextWith(
      actor,
      (tx) => findMembership(tx, actor.workspaceId, membershipId),
      async (context, membership) => {
        if (!membership) throw notFound("member");
        await requireUnlocked(context.tx, actor, membership, context.workspace.now);
        await decide(context, membership);
      },
    );
  return withHold(actor, change);
}

export function suspendMember(actor: Actor, membershipId: string): Promise<void> {
  return changeInApp(actor, membershipId, async (context, membership) => {
    if (membership.state !== "active") throw refusal("state_conflict.notActive");
    return updateMembership(context.tx, await suspend(context, membership));
  });
}

export function reactivateMember(actor: Actor, membershipId: string): Promise<void> {
  return changeInApp(actor, membershipId, async (context, membership) => {
    if (membership.state !== "suspended") throw refusal("state_conflict.notSuspended");
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
    const hasSource = membership.saidRole !== null || (await findMappedRoles(context.tx, membership)).length > 0;
    await updateMembership(context.tx, { ...next, roleOverridden: membership.connectionId !== null && hasSource });
  });
}
