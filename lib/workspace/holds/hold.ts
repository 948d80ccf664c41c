import { all, one, sql, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record, type Target } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { mailAdmins } from "@/lib/workspace/mail/outbox";
import type { Membership } from "@/lib/workspace/members/membership";
import { allowedLosses } from "@/lib/workspace/members/rules";
import { isRefusal, Refusal } from "@/lib/workspace/refusal";
import { type MemberDelta, mergeDeltas, withoutSaid } from "@/lib/workspace/teams/members";
import { inWorkspace, type Workspace } from "@/lib/workspace/transaction";
import { type Loss, noteLoss } from "./losses";

/** How a token takes access: from a person, by another address to sign in with, by the admin role, or by what it does to a team. */
type HeldAction = "suspend" | "end" | "move" | "demote" | "team";

/** What a whole request wanted, so that it can be made later: a change of a person as they were, or of a team. */
export type Wish = { teamId: string | null; data: object };

/** A wish as it is kept. */
export type HeldWish = {
  subjectId: string;
  membershipId: string | null;
  teamId: string | null;
  action: HeldAction;
  data: object | null;
};

type Figures = { counted: number; allowed: number };

/** A token wants to take access from more people than is usual: nothing is written, and the wish is kept. */
class MassChange extends Refusal {
  readonly wish: HeldWish & Figures;

  constructor(wish: MassChange["wish"]) {
    super(
      "mass_change_held",
      `More than ${wish.allowed} people would lose access within an hour, so this change is held. Nothing was changed. An admin decides under Workspace settings → Provisioning; try again later.`,
    );
    this.wish = wish;
  }
}

const day = 86_400_000;

type Situation = { tx: Tx; actor: Actor; workspace: Workspace; wish?: Wish };

/**
 * Refuses what would take access from more people than is usual (T08, DESIGN §5 "Mass-change hold"), however it is said: counted
 * are those from whom tokens took it in a rolling hour, of the people who have had it for more than a day. Says whether this one counts.
 */
export async function keepWithinHold(situation: Situation, membership: Membership, loss: Loss): Promise<boolean> {
  const isCounted = await isWithin(situation, membership, loss);
  if ((situation.actor.grants ?? situation.actor.kind) === "token")
    noteLoss(situation.tx, situation.actor, membership, loss, isCounted);
  return isCounted;
}

async function isWithin(situation: Situation, membership: Membership, loss: Loss): Promise<boolean> {
  const { tx, actor, workspace } = situation;
  const { activeSince } = membership;
  const isSettled = activeSince !== null && workspace.now.getTime() - activeSince.getTime() > day;
  if (actor.kind !== "token" || membership.state !== "active" || !isSettled) return false;
  if (!workspace.massChangeHold || isLifted(workspace)) return true;
  const figures = await countLosses(tx, workspace.id);
  if (figures.isHeld || figures.counted >= figures.allowed) {
    const { counted, allowed } = figures;
    throw new MassChange({ ...wishOf(situation, membership, loss), counted, allowed });
  }
  return true;
}

/** Suspending and ending say it all; anything else is the request that wanted it. */
function wishOf({ wish }: Situation, { id }: Membership, { action }: Loss): HeldWish {
  if (wish?.teamId)
    return { subjectId: wish.teamId, membershipId: null, teamId: wish.teamId, action: "team", data: wish.data };
  const data = action === "move" || action === "demote" ? (wish?.data ?? null) : null;
  return { subjectId: id, membershipId: id, teamId: null, action, data };
}

function isLifted({ holdLiftedUntil, now }: Workspace): boolean {
  return holdLiftedUntil !== null && holdLiftedUntil > now;
}

/** How many people lost access, since an hour or since an admin decided, and how many may. */
async function countLosses(tx: Tx, workspaceId: string): Promise<Figures & { isHeld: boolean }> {
  const row = await tx.one<{ counted: number; gone: number; isHeld: boolean }>(sql`
    WITH since AS (SELECT greatest(now() - interval '1 hour', (SELECT max("decidedAt") FROM "Hold" WHERE "workspaceId" = ${workspaceId})) AS at),
      gone AS (SELECT s."membershipId" AS id FROM "SeatChange" s, since WHERE s."workspaceId" = ${workspaceId} AND s.counted AND s.at > since.at),
      other AS (SELECT l."membershipId" AS id FROM "AccessLoss" l, since WHERE l."workspaceId" = ${workspaceId} AND l.counted AND l.at > since.at)
    SELECT EXISTS (SELECT 1 FROM "Hold" WHERE "workspaceId" = ${workspaceId} AND state IN ('open', 'stopped')) AS "isHeld",
      (SELECT count(*) FROM gone) AS gone, (SELECT count(*) FROM gone) + (SELECT count(DISTINCT id) FROM other WHERE id NOT IN (SELECT id FROM gone)) AS counted`);
  const { counted, gone, isHeld } = row ?? { counted: 0, gone: 0, isHeld: false };
  if (counted < allowedLosses(0) && !isHeld) return { counted, isHeld, allowed: allowedLosses(0) };
  // As many as a fifth of whom would be enough for one more; nobody counts a million people for it.
  const base = await tx.one<{ count: number }>(sql`
    SELECT count(*) AS count FROM (SELECT 1 FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND state = 'active'
      AND "activeSince" < now() - interval '25 hours' LIMIT ${5 * (counted + 1)}) b`);
  return { counted, isHeld, allowed: allowedLosses((base?.count ?? 0) + gone) };
}

/** Runs a change; when it is held, the wish is written down after everything else of it was undone. */
export async function orHold<Result>(actor: Actor, change: () => Promise<Result>): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (isRefusal(error) && error.reason === "mass_change_held") await keepWish(actor, (error as MassChange).wish);
    throw error;
  }
}

function target(id: string): Target {
  return { kind: "hold", id, name: "Mass change" };
}

/** Of two wishes for one person the one that takes more is kept: the other follows from it, or is said again. */
const weights: Record<HeldAction, number> = { end: 2, suspend: 1, move: 0, demote: 0, team: 0 };

async function keepWish(actor: Actor, wish: MassChange["wish"]): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    if (isLifted(workspace)) return; // approved in the meantime: the next try goes through
    const hold = (await findCurrent(tx, workspace.id)) ?? (await openHold(tx, actor, workspace, wish));
    if (hold.state === "stopped") return;
    const known = wish.teamId && (await findHeld(tx, workspace.id, hold.id, wish.teamId));
    const data = known ? mergeTeamWishes(known, wish.data as TeamWish) : wish.data;
    await tx.run(sql`
      INSERT INTO "HeldChange" ("workspaceId", "holdId", "subjectId", "membershipId", "teamId", action, data, "connectionId", "actorName")
      VALUES (${workspace.id}, ${hold.id}, ${wish.subjectId}, ${wish.membershipId}, ${wish.teamId}, ${wish.action}, ${data === null ? null : JSON.stringify(data)}, ${actor.connectionId ?? null}, ${actor.name})
      ON CONFLICT ("workspaceId", "holdId", "subjectId") DO UPDATE SET action = excluded.action, data = excluded.data
        WHERE ${weights[wish.action]} >= CASE "HeldChange".action WHEN 'end' THEN ${weights.end}::int WHEN 'suspend' THEN ${weights.suspend}::int ELSE 0 END`);
  });
}

/** What is kept of a change of a team: its profile as it is to be, and its members; without members it is to be deleted. */
type TeamWish = { profile: object | null; delta: MemberDelta | null };

/** An identity provider takes people out of a team one by one: each of its wishes counts, not the last alone. */
function mergeTeamWishes(before: TeamWish, after: TeamWish): TeamWish {
  if (before.delta === null || after.delta === null) return after;
  return { profile: after.profile ?? before.profile, delta: mergeDeltas(before.delta, after.delta) };
}

async function findHeld(tx: Tx, workspaceId: string, holdId: string, subjectId: string): Promise<TeamWish | null> {
  const row = await tx.one<{ data: TeamWish | null }>(sql`
    SELECT data FROM "HeldChange" WHERE "workspaceId" = ${workspaceId} AND "holdId" = ${holdId} AND "subjectId" = ${subjectId}`);
  return row?.data ?? null;
}

type Hold = { id: string; state: "open" | "stopped" };

function findCurrent(tx: Tx, workspaceId: string): Promise<Hold | null> {
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
 * A change of somebody went through: what was held of an address or a role is void, since it was decided on the person before, or the
 * identity provider says now that they are as they should be. `isWanted`: they are to have access after all, too.
 */
export function dropWish(tx: Tx, workspaceId: string, membershipId: string, isWanted: boolean): void {
  const actions: HeldAction[] = isWanted ? ["move", "demote", "suspend", "end"] : ["move", "demote"];
  tx.send(sql`
    DELETE FROM "HeldChange" c USING "Hold" h WHERE c."workspaceId" = ${workspaceId} AND c."subjectId" = ${membershipId} AND c.action = ANY(${actions})
      AND h."workspaceId" = c."workspaceId" AND h.id = c."holdId" AND h.state = 'open'`);
}

/** A change of a team went through: of what was held of it, only what this doesn't say otherwise is still wanted. */
export async function dropTeamWish(
  { tx, actor, workspace }: Situation,
  teamId: string,
  delta: MemberDelta,
): Promise<void> {
  if (actor.kind !== "token" || !workspace.massChangeHold) return;
  const hold = await findCurrent(tx, workspace.id);
  const held = hold && (await findHeld(tx, workspace.id, hold.id, teamId));
  if (!held) return;
  const left = held.delta && delta.keep ? withoutSaid(held.delta, delta) : null;
  const isKept = left !== null && (!left.keep || left.add.length + left.remove.length > 0 || held.profile !== null);
  await tx.run(
    isKept
      ? sql`UPDATE "HeldChange" SET data = ${JSON.stringify({ ...held, delta: left })} WHERE "workspaceId" = ${workspace.id} AND "holdId" = ${hold.id} AND "subjectId" = ${teamId}`
      : sql`DELETE FROM "HeldChange" WHERE "workspaceId" = ${workspace.id} AND "holdId" = ${hold.id} AND "subjectId" = ${teamId}`,
  );
}

export type HeldPerson = { id: string; name: string; action: HeldAction; by: string };

/** The hold that waits or refuses now, with what is on its list, 1,000 at most and how many there are; null when there is none. */
export async function findHold(workspaceId: string) {
  const hold = await one<Hold & Figures & { openedAt: Date; total: number }>(sql`
    SELECT h.id, h.state, h.counted, h.allowed, h."openedAt",
      (SELECT count(*) FROM "HeldChange" c WHERE c."workspaceId" = h."workspaceId" AND c."holdId" = h.id) AS total
    FROM "Hold" h WHERE h."workspaceId" = ${workspaceId} AND h.state IN ('open', 'stopped')`);
  if (!hold) return null;
  const people = await all<HeldPerson>(sql`
    SELECT c."subjectId" AS id, coalesce(m.address, m."userName", t.name, '') AS name, c.action, coalesce(n.name, c."actorName") AS by FROM "HeldChange" c
    LEFT JOIN "Membership" m ON m."workspaceId" = c."workspaceId" AND m.id = c."membershipId"
    LEFT JOIN "Team" t ON t."workspaceId" = c."workspaceId" AND t.id = c."teamId"
    LEFT JOIN "Connection" n ON n."workspaceId" = c."workspaceId" AND n.id = c."connectionId"
    WHERE c."workspaceId" = ${workspaceId} AND c."holdId" = ${hold.id} ORDER BY c.at, c."subjectId" LIMIT 1000`);
  return { ...hold, openedAt: hold.openedAt.toISOString(), people };
}

/** Ends or stops the current hold, and hands out its list; refused when somebody else decided first. */
export async function settleHold(
  tx: Tx,
  actor: Actor,
  holdId: string,
  state: "approved" | "stopped" | "lifted",
): Promise<HeldWish[]> {
  const hold = await findCurrent(tx, actor.workspaceId);
  const fits = state === "lifted" ? hold?.state === "stopped" : hold?.state === "open";
  if (!hold || hold.id !== holdId || !fits) {
    throw new Refusal("hold_decided", "Somebody has decided about this hold already. Look at the page again.");
  }
  const list = await tx.all<HeldWish>(sql`
    DELETE FROM "HeldChange" WHERE "workspaceId" = ${actor.workspaceId} AND "holdId" = ${holdId} RETURNING "subjectId", "membershipId", "teamId", action, data`);
  tx.send(sql`
    UPDATE "Hold" SET state = ${state}, "decidedAt" = now(), "decidedBy" = ${actor.name} WHERE "workspaceId" = ${actor.workspaceId} AND id = ${holdId}`);
  if (state === "approved") {
    tx.send(
      sql`UPDATE "Workspace" SET "holdLiftedUntil" = now() + interval '24 hours' WHERE id = ${actor.workspaceId}`,
    );
  }
  record(tx, actor, `hold.${state}`, target(holdId), { after: { people: list.length } });
  return list;
}
