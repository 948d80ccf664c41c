import { all, type HeldChangeModel, type HoldModel, one, sql, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { refusal } from "@/lib/workspace/refusal";
import { type Figures, findCurrent, type HeldItem, type Hold, target } from "./held";

export type HeldPerson = Pick<HeldChangeModel, "action"> & { id: string; name: string; by: string };

/** The current open or stopped hold, with up to 1,000 of its held changes and their total; null when there is none. */
export async function findHold(workspaceId: string) {
  const hold = await one<Hold & Figures & Pick<HoldModel, "openedAt"> & { total: number }>(sql`
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

/** Ends or stops the current hold and returns its held changes. Refused when someone else has already decided. */
export async function settleHold(
  tx: Tx,
  actor: Actor,
  holdId: string,
  state: "approved" | "stopped" | "lifted",
): Promise<HeldItem[]> {
  const hold = await findCurrent(tx, actor.workspaceId);
  const fits = state === "lifted" ? hold?.state === "stopped" : hold?.state === "open";
  if (!hold || hold.id !== holdId || !fits) {
    throw refusal("hold_decided.before");
  }
  const list = await tx.all<HeldItem>(sql`
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
