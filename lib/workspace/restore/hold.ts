import type { Actor } from "@/lib/workspace/actor";
import { settleHold } from "@/lib/workspace/holds/decide";
import type { HeldItem } from "@/lib/workspace/holds/held";
import { type Context, inContext } from "@/lib/workspace/members/context";
import { endMembership } from "@/lib/workspace/members/end";
import { change, type HeldChange } from "@/lib/workspace/members/provision-change";
import { changeRole } from "@/lib/workspace/members/roles";
import { suspend } from "@/lib/workspace/members/suspend";
import { findMembership, type Membership, updateMembership } from "@/lib/workspace/membership/row";
import { isRefusal } from "@/lib/workspace/refusal";
import type { HeldTeamChange } from "@/lib/workspace/teams/effects";
import { applyHeldTeam } from "@/lib/workspace/teams/provision-change";

/**
 * Applies all held changes at once and turns off holds for a day, so that the identity provider's retries find them done. The last admin
 * stays and counts as skipped.
 */
export function approveHold(actor: Actor, holdId: string): Promise<{ applied: number; skipped: number }> {
  return inContext(actor, async (context) => {
    const items = await settleHold(context.tx, actor, holdId, "approved");
    const granting: Context = { ...context, actor: { ...actor, grants: "token" } };
    let applied = 0;
    for (const deferred of items) if (await grant(granting, deferred)) applied++;
    return { applied, skipped: items.length - applied };
  });
}

async function grant(context: Context, deferred: HeldItem): Promise<boolean> {
  try {
    if (deferred.teamId !== null) return await applyHeldTeam(context, deferred.teamId, deferred.data as HeldTeamChange);
    const membership = await findMembership(context.tx, context.workspace.id, deferred.membershipId ?? "");
    return membership?.state === "active" && (await grantPerson(context, membership, deferred));
  } catch (error) {
    if (isRefusal(error) && error.reason === "last_admin") return false; // the rule decided before anything was written
    throw error;
  }
}

async function grantPerson(context: Context, membership: Membership, { action, data }: HeldItem): Promise<boolean> {
  const { tx } = context;
  const held = data as HeldChange | null;
  if (action === "end") await endMembership(context, membership);
  else if (action === "suspend") await updateMembership(tx, await suspend(context, membership));
  else if (held === null) await updateMembership(tx, await changeRole(context, membership, "member"));
  // The change was decided on an older version of the person. If something else has changed since, the identity provider's next push
  // repeats it.
  else if (held.version !== membership.version) return false;
  else await change(context, membership, held.person);
  return true;
}

/** Drops the held changes and keeps refusing until the hold is lifted. */
export async function stopHold(actor: Actor, holdId: string): Promise<void> {
  await inContext(actor, ({ tx }) => settleHold(tx, actor, holdId, "stopped"));
}

/** Allows changes again and restarts the count. */
export async function liftHold(actor: Actor, holdId: string): Promise<void> {
  await inContext(actor, ({ tx }) => settleHold(tx, actor, holdId, "lifted"));
}
