import { type HeldAction, type HeldChangeModel, type HoldModel, sql, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import type { Target } from "@/lib/workspace/audit/record";
import { record } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { mailAdmins } from "@/lib/workspace/mail/outbox";
import { type MemberDelta, mergeDeltas, withoutDecided } from "@/lib/workspace/membership/team-members";
import { Refusal } from "@/lib/workspace/refusal";
import type { Workspace } from "@/lib/workspace/transaction";
import { inWorkspace } from "@/lib/workspace/transaction";

/** The whole request, stored so that it can be applied later: a change of a person at a given version, or of a team. */
export type Deferred = { teamId: string | null; data: object };

/** A held change as stored. */
export type HeldItem = Pick<HeldChangeModel, "subjectId" | "membershipId" | "teamId" | "action"> & {
  data: object | null;
};

export type Figures = Pick<HoldModel, "counted" | "allowed">;

/** A token tries to take access from more people than usual. Nothing is written except the held change. */
export class MassChange extends Refusal {
  readonly deferred: HeldItem & Figures;

  constructor(deferred: MassChange["deferred"]) {
    super("mass_change_held.held", { limit: String(deferred.allowed) });
    this.deferred = deferred;
  }
}

export const day = 86_400_000;

export type Context = { tx: Tx; actor: Actor; workspace: Workspace; deferred?: Deferred };

export function isLifted({ holdLiftedUntil, now }: Workspace): boolean {
  return holdLiftedUntil !== null && holdLiftedUntil > now;
}

export function target(id: string): Target {
  return { kind: "hold", id, name: "Mass change" };
}

/**
 * Of two held changes for one person, the one that takes more is kept: it implies the other, or the identity provider sends the other
 * again.
 */
const weights: Record<HeldAction, number> = { end: 2, suspend: 1, move: 0, demote: 0, team: 0 };

export async function keepDeferred(actor: Actor, deferred: MassChange["deferred"]): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    if (isLifted(workspace)) return; // approved in the meantime: the next try succeeds
    const hold = (await findCurrent(tx, workspace.id)) ?? (await openHold(tx, actor, workspace, deferred));
    if (hold.state === "stopped") return;
    const known = deferred.teamId && (await findHeld(tx, workspace.id, hold.id, deferred.teamId));
    const data = known ? mergeTeams(known, deferred.data as HeldTeam) : deferred.data;
    await tx.run(sql`
      INSERT INTO "HeldChange" ("workspaceId", "holdId", "subjectId", "membershipId", "teamId", action, data, "connectionId", "actorName")
      VALUES (${workspace.id}, ${hold.id}, ${deferred.subjectId}, ${deferred.membershipId}, ${deferred.teamId}, ${deferred.action}, ${data === null ? null : JSON.stringify(data)}, ${actor.connectionId ?? null}, ${actor.name})
      ON CONFLICT ("workspaceId", "holdId", "subjectId") DO UPDATE SET action = excluded.action, data = excluded.data
        WHERE ${weights[deferred.action]} >= CASE "HeldChange".action WHEN 'end' THEN ${weights.end}::int WHEN 'suspend' THEN ${weights.suspend}::int ELSE 0 END`);
  });
}

/** The stored part of a team change: its new profile and its members. Without `delta` the team is to be deleted. */
type HeldTeam = { profile: object | null; delta: MemberDelta | null };

/** Identity providers remove people from a team one by one, so every held change counts, not just the last. */
function mergeTeams(before: HeldTeam, after: HeldTeam): HeldTeam {
  if (before.delta === null || after.delta === null) return after;
  return { profile: after.profile ?? before.profile, delta: mergeDeltas(before.delta, after.delta) };
}

async function findHeld(tx: Tx, workspaceId: string, holdId: string, subjectId: string): Promise<HeldTeam | null> {
  const row = await tx.one<{ data: HeldTeam | null }>(sql`
    SELECT data FROM "HeldChange" WHERE "workspaceId" = ${workspaceId} AND "holdId" = ${holdId} AND "subjectId" = ${subjectId}`);
  return row?.data ?? null;
}

export type Hold = Pick<HoldModel, "id"> & { state: "open" | "stopped" };

export function findCurrent(tx: Tx, workspaceId: string): Promise<Hold | null> {
  return tx.one<Hold>(
    sql`SELECT id, state FROM "Hold" WHERE "workspaceId" = ${workspaceId} AND state IN ('open', 'stopped') FOR UPDATE`,
  );
}

async function openHold(tx: Tx, actor: Actor, workspace: Workspace, { counted, allowed }: Figures): Promise<Hold> {
  const id = newId();
  await tx.run(sql`
    INSERT INTO "Hold" ("workspaceId", id, counted, allowed) VALUES (${workspace.id}, ${id}, ${counted}, ${allowed})`);
  record(tx, actor, "hold.opened", target(id), { after: { counted, allowed } });
  await mailAdmins(tx, workspace, "hold_opened", { counted: String(counted), by: actor.name }, id);
  return { id, state: "open" };
}

/**
 * A change of this person went through, so their held email address and role changes are void: they were decided on an older version of the
 * person, or the identity provider now confirms the current state. `isWanted` (the person should keep access) also drops held suspensions
 * and removals.
 */
export function dropHeld(tx: Tx, workspaceId: string, membershipId: string, isWanted: boolean): void {
  const actions: HeldAction[] = isWanted ? ["move", "demote", "suspend", "end"] : ["move", "demote"];
  tx.send(sql`
    DELETE FROM "HeldChange" c USING "Hold" h WHERE c."workspaceId" = ${workspaceId} AND c."subjectId" = ${membershipId} AND c.action = ANY(${actions})
      AND h."workspaceId" = c."workspaceId" AND h.id = c."holdId" AND h.state = 'open'`);
}

/** A change of a team went through. Keeps only the held member changes that it doesn't contradict. */
export async function dropHeldTeam(
  { tx, actor, workspace }: Context,
  teamId: string,
  delta: MemberDelta,
): Promise<void> {
  if (actor.kind !== "token" || !workspace.massChangeHold) return;
  const hold = await findCurrent(tx, workspace.id);
  const held = hold && (await findHeld(tx, workspace.id, hold.id, teamId));
  if (!held) return;
  const left = held.delta && delta.keep ? withoutDecided(held.delta, delta) : null;
  const isKept = left !== null && (!left.keep || left.add.length + left.remove.length > 0 || held.profile !== null);
  await tx.run(
    isKept
      ? sql`UPDATE "HeldChange" SET data = ${JSON.stringify({ ...held, delta: left })} WHERE "workspaceId" = ${workspace.id} AND "holdId" = ${hold.id} AND "subjectId" = ${teamId}`
      : sql`DELETE FROM "HeldChange" WHERE "workspaceId" = ${workspace.id} AND "holdId" = ${hold.id} AND "subjectId" = ${teamId}`,
  );
}
