import { sql, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import type { Membership } from "@/lib/workspace/membership/row";
import { isRefusal } from "@/lib/workspace/refusal";
import { type Context, day, type Figures, type HeldItem, isLifted, keepDeferred, MassChange } from "./held";
import { type Loss, noteLoss } from "./losses";
import { allowedLosses } from "./rules";

/**
 * Refuses a change that would take access from more people than usual (T08, D-53, D-54). Counts people who lost access through tokens in a
 * rolling hour, among those who had access for more than a day. Returns whether this person counts.
 */
export async function keepWithinHold(context: Context, membership: Membership, loss: Loss): Promise<boolean> {
  const isCounted = await isWithin(context, membership, loss);
  if ((context.actor.grants ?? context.actor.kind) === "token")
    noteLoss(context.tx, context.actor, membership, loss, isCounted);
  return isCounted;
}

async function isWithin(context: Context, membership: Membership, loss: Loss): Promise<boolean> {
  const { tx, actor, workspace } = context;
  const { activeSince } = membership;
  const isSettled = activeSince !== null && workspace.now.getTime() - activeSince.getTime() > day;
  if (actor.kind !== "token" || membership.state !== "active" || !isSettled) return false;
  if (!workspace.massChangeHold || isLifted(workspace)) return true;
  const figures = await countLosses(tx, workspace.id);
  if (figures.isHeld || figures.counted >= figures.allowed) {
    const { counted, allowed } = figures;
    throw new MassChange({ ...itemOf(context, membership, loss), counted, allowed });
  }
  return true;
}

/** A suspension or removal needs no further data; any other loss stores the whole request. */
function itemOf({ deferred }: Context, { id }: Membership, { action }: Loss): HeldItem {
  if (deferred?.teamId)
    return {
      subjectId: deferred.teamId,
      membershipId: null,
      teamId: deferred.teamId,
      action: "team",
      data: deferred.data,
    };
  const data = action === "move" || action === "demote" ? (deferred?.data ?? null) : null;
  return { subjectId: id, membershipId: id, teamId: null, action, data };
}

/** How many people lost access in the last hour, or since an admin last decided, and how many may. */
async function countLosses(tx: Tx, workspaceId: string): Promise<Figures & { isHeld: boolean }> {
  const row = await tx.one<{ counted: number; gone: number; isHeld: boolean }>(sql`
    WITH since AS (SELECT greatest(now() - interval '1 hour', (SELECT max("decidedAt") FROM "Hold" WHERE "workspaceId" = ${workspaceId})) AS at),
      gone AS (SELECT s."membershipId" AS id FROM "SeatChange" s, since WHERE s."workspaceId" = ${workspaceId} AND s.counted AND s.at > since.at),
      other AS (SELECT l."membershipId" AS id FROM "AccessLoss" l, since WHERE l."workspaceId" = ${workspaceId} AND l.counted AND l.at > since.at)
    SELECT EXISTS (SELECT 1 FROM "Hold" WHERE "workspaceId" = ${workspaceId} AND state IN ('open', 'stopped')) AS "isHeld",
      (SELECT count(*) FROM gone) AS gone, (SELECT count(*) FROM gone) + (SELECT count(DISTINCT id) FROM other WHERE id NOT IN (SELECT id FROM gone)) AS counted`);
  const { counted, gone, isHeld } = row ?? { counted: 0, gone: 0, isHeld: false };
  if (counted < allowedLosses(0) && !isHeld) return { counted, isHeld, allowed: allowedLosses(0) };
  // Enough rows to know whether a fifth covers one more loss, so that a workspace with a million people isn't counted in full.
  const base = await tx.one<{ count: number }>(sql`
    SELECT count(*) AS count FROM (SELECT 1 FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND state = 'active'
      AND "activeSince" < now() - interval '25 hours' LIMIT ${5 * (counted + 1)}) b`);
  return { counted, isHeld, allowed: allowedLosses((base?.count ?? 0) + gone) };
}

/** Runs a change. When it is held, stores it after everything else in it has been rolled back. */
export async function withHold<Result>(actor: Actor, change: () => Promise<Result>): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (isRefusal(error) && error.reason === "mass_change_held")
      await keepDeferred(actor, (error as MassChange).deferred);
    throw error;
  }
}
