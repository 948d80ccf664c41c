import { all, one, sql, type Tx } from "@/lib/db";
import type { Actor } from "./actor";
import { record, type Target } from "./audit-log";
import { newId } from "./id";
import type { Membership } from "./membership";
import { mailAdmins } from "./outbox";
import { isRefusal, Refusal } from "./refusal";
import { allowedLosses } from "./rules";
import { inWorkspace, type Workspace } from "./transaction";

/** What a token wanted to do to a person. */
export type HeldAction = "suspend" | "end";

type Figures = { counted: number; allowed: number };

/** A token wants to take access from more people than is usual: nothing is written, and the wish is kept. */
class MassChange extends Refusal {
  readonly wish: { membershipId: string; action: HeldAction } & Figures;

  constructor(wish: MassChange["wish"]) {
    super(
      "mass_change_held",
      `More than ${wish.allowed} people would lose access within an hour, so this change is held. Nothing was changed. An admin decides under Workspace settings → Provisioning; try again later.`,
    );
    this.wish = wish;
  }
}

const day = 86_400_000;

/**
 * Refuses what would take access from more people than is usual (T08, DESIGN §5 "Mass-change hold"): counted are those
 * whom tokens took it from in a rolling hour, of the people who have had it for more than a day. Says whether this one counts.
 */
export async function keepWithinHold(
  { tx, actor, workspace }: { tx: Tx; actor: Actor; workspace: Workspace },
  membership: Membership,
  action: HeldAction,
): Promise<boolean> {
  const { activeSince } = membership;
  const isSettled = activeSince !== null && workspace.now.getTime() - activeSince.getTime() > day;
  if (actor.kind !== "token" || membership.state !== "active" || !isSettled) return false;
  if (!workspace.massChangeHold || isLifted(workspace)) return true;
  const figures = await countLosses(tx, workspace.id);
  if (figures.isHeld || figures.counted >= figures.allowed) {
    throw new MassChange({ membershipId: membership.id, action, counted: figures.counted, allowed: figures.allowed });
  }
  return true;
}

function isLifted({ holdLiftedUntil, now }: Workspace): boolean {
  return holdLiftedUntil !== null && holdLiftedUntil > now;
}

/** How many people lost access, since an hour or since an admin decided, and how many may. */
async function countLosses(tx: Tx, workspaceId: string): Promise<Figures & { isHeld: boolean }> {
  const row = await tx.one<{ counted: number; isHeld: boolean }>(sql`
    SELECT EXISTS (SELECT 1 FROM "Hold" WHERE "workspaceId" = ${workspaceId} AND state IN ('open', 'stopped')) AS "isHeld",
      (SELECT count(*) FROM "SeatChange" WHERE "workspaceId" = ${workspaceId} AND counted
        AND at > greatest(now() - interval '1 hour', (SELECT max("decidedAt") FROM "Hold" WHERE "workspaceId" = ${workspaceId}))) AS counted`);
  const { counted, isHeld } = row ?? { counted: 0, isHeld: false };
  if (counted < allowedLosses(0) && !isHeld) return { counted, isHeld, allowed: allowedLosses(0) };
  // As many as a fifth of whom would be enough for one more; nobody counts a million people for it.
  const base = await tx.one<{ count: number }>(sql`
    SELECT count(*) AS count FROM (SELECT 1 FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND state = 'active'
      AND "activeSince" < now() - interval '25 hours' LIMIT ${5 * (counted + 1)}) b`);
  return { counted, isHeld, allowed: allowedLosses((base?.count ?? 0) + counted) };
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

async function keepWish(actor: Actor, wish: MassChange["wish"]): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    if (isLifted(workspace)) return; // approved in the meantime: the next try goes through
    const hold = (await findCurrent(tx, workspace.id)) ?? (await openHold(tx, actor, workspace, wish));
    if (hold.state === "stopped") return;
    await tx.run(sql`
      INSERT INTO "HeldChange" ("workspaceId", "holdId", "membershipId", action, "connectionId", "actorName")
      VALUES (${workspace.id}, ${hold.id}, ${wish.membershipId}, ${wish.action}, ${actor.connectionId ?? null}, ${actor.name})
      ON CONFLICT ("workspaceId", "holdId", "membershipId") DO UPDATE SET action = excluded.action`);
  });
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

/** An identity provider wants somebody to have access after all: an older wish of it is void. */
export function dropWish(tx: Tx, workspaceId: string, membershipId: string): void {
  tx.send(sql`
    DELETE FROM "HeldChange" c USING "Hold" h WHERE c."workspaceId" = ${workspaceId} AND c."membershipId" = ${membershipId}
      AND h."workspaceId" = c."workspaceId" AND h.id = c."holdId" AND h.state = 'open'`);
}

export type HeldPerson = { id: string; name: string; action: HeldAction; by: string };

/** The hold that waits or refuses now, with the people on its list, 1,000 at most; null when there is none. */
export async function findHold(workspaceId: string) {
  const hold = await one<Hold & Figures & { openedAt: Date; total: number }>(sql`
    SELECT h.id, h.state, h.counted, h.allowed, h."openedAt",
      (SELECT count(*) FROM "HeldChange" c WHERE c."workspaceId" = h."workspaceId" AND c."holdId" = h.id) AS total
    FROM "Hold" h WHERE h."workspaceId" = ${workspaceId} AND h.state IN ('open', 'stopped')`);
  if (!hold) return null;
  const people = await all<HeldPerson>(sql`
    SELECT m.id, coalesce(m.address, m."userName") AS name, c.action, coalesce(n.name, c."actorName") AS by FROM "HeldChange" c
    JOIN "Membership" m ON m."workspaceId" = c."workspaceId" AND m.id = c."membershipId"
    LEFT JOIN "Connection" n ON n."workspaceId" = c."workspaceId" AND n.id = c."connectionId"
    WHERE c."workspaceId" = ${workspaceId} AND c."holdId" = ${hold.id} ORDER BY c.at, m.id LIMIT 1000`);
  return { ...hold, openedAt: hold.openedAt.toISOString(), people };
}

/** Ends or stops the current hold, and hands out its list; refused when somebody else decided first. */
export async function settleHold(
  tx: Tx,
  actor: Actor,
  holdId: string,
  state: "approved" | "stopped" | "lifted",
): Promise<{ membershipId: string; action: HeldAction }[]> {
  const hold = await findCurrent(tx, actor.workspaceId);
  const fits = state === "lifted" ? hold?.state === "stopped" : hold?.state === "open";
  if (!hold || hold.id !== holdId || !fits) {
    throw new Refusal("hold_decided", "Somebody has decided about this hold already. Look at the page again.");
  }
  const list = await tx.all<{ membershipId: string; action: HeldAction }>(sql`
    DELETE FROM "HeldChange" WHERE "workspaceId" = ${actor.workspaceId} AND "holdId" = ${holdId} RETURNING "membershipId", action`);
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
