import type { Actor } from "@/lib/workspace/actor";
import type { Situation } from "@/lib/workspace/context";
import { findClaims } from "@/lib/workspace/domains/claims";
import { settleHold } from "@/lib/workspace/holds/decide";
import type { HeldWish } from "@/lib/workspace/holds/wishes";
import { endMembership } from "@/lib/workspace/members/end";
import { findMembership, type Membership, updateMembership } from "@/lib/workspace/members/membership";
import { change, type HeldChange } from "@/lib/workspace/members/provision-change";
import { changeRole } from "@/lib/workspace/members/roles";
import { suspend } from "@/lib/workspace/members/suspend";
import { isRefusal } from "@/lib/workspace/refusal";
import type { HeldTeamChange } from "@/lib/workspace/teams/effects";
import { applyHeldTeam } from "@/lib/workspace/teams/provision-change";
import { inWorkspace } from "@/lib/workspace/transaction";

export function inSituation<Result>(actor: Actor, work: (situation: Situation) => Promise<Result>): Promise<Result> {
  return inWorkspace(actor.workspaceId, async (tx, workspace) =>
    work({ tx, actor, workspace, claims: await findClaims(tx, workspace.id), notes: [] }),
  );
}

/**
 * Does what was held, at once, and lets everything through for a day: the retries of the identity provider find it done.
 * Who is the last admin stays, and is counted as skipped.
 */
export function approveHold(actor: Actor, holdId: string): Promise<{ applied: number; skipped: number }> {
  return inSituation(actor, async (situation) => {
    const wishes = await settleHold(situation.tx, actor, holdId, "approved");
    const granting: Situation = { ...situation, actor: { ...actor, grants: "token" } };
    let applied = 0;
    for (const wish of wishes) if (await grant(granting, wish)) applied++;
    return { applied, skipped: wishes.length - applied };
  });
}

async function grant(situation: Situation, wish: HeldWish): Promise<boolean> {
  try {
    if (wish.teamId !== null) return await applyHeldTeam(situation, wish.teamId, wish.data as HeldTeamChange);
    const membership = await findMembership(situation.tx, situation.workspace.id, wish.membershipId ?? "");
    return membership?.state === "active" && (await grantPerson(situation, membership, wish));
  } catch (error) {
    if (isRefusal(error) && error.reason === "last_admin") return false; // decided before anything of it is written
    throw error;
  }
}

async function grantPerson(situation: Situation, membership: Membership, { action, data }: HeldWish): Promise<boolean> {
  const { tx } = situation;
  const held = data as HeldChange | null;
  if (action === "end") await endMembership(situation, membership);
  else if (action === "suspend") await updateMembership(tx, await suspend(situation, membership));
  else if (held === null) await updateMembership(tx, await changeRole(situation, membership, "member"));
  // Decided on the person as they were: when something else has changed since, the next push of the identity provider says it anew.
  else if (held.version !== membership.version) return false;
  else await change(situation, membership, held.person);
  return true;
}

/** Drops what was held, and goes on refusing until the hold is lifted. */
export async function stopHold(actor: Actor, holdId: string): Promise<void> {
  await inSituation(actor, ({ tx }) => settleHold(tx, actor, holdId, "stopped"));
}

/** Lets changes through again, counted from now. */
export async function liftHold(actor: Actor, holdId: string): Promise<void> {
  await inSituation(actor, ({ tx }) => settleHold(tx, actor, holdId, "lifted"));
}
