import { all, type SeatChangeModel, sql, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { mailAdmins } from "@/lib/workspace/mail/outbox";
import { type Refusal, refusal } from "@/lib/workspace/refusal";
import type { Workspace } from "@/lib/workspace/transaction";
import { decideSeat } from "./rules";

/** Seats used: invited and active memberships. A trigger maintains the count, because counting a large workspace is slow. */
export async function countSeatsUsed(tx: Pick<Tx, "one">, workspaceId: string): Promise<number> {
  const row = await tx.one<{ count: number }>(
    sql`SELECT "seatsUsed" AS count FROM "Workspace" WHERE id = ${workspaceId}`,
  );
  return row?.count ?? 0;
}

/**
 * Takes a seat under the workspace's lock. Without a free one, automatic assignment adds one to the limit, up to its monthly cap; otherwise
 * the whole request is refused. `who` is the person's name in the refusal's detail.
 */
export async function takeSeat(
  tx: Tx,
  actor: Actor,
  workspace: Workspace,
  membershipId: string,
  who: string,
): Promise<void> {
  // Without a limit the numbers don't matter. Not read with the lock, because this transaction may already have taken seats.
  const { used, added } = workspace.seatLimit === null ? { used: 0, added: 0 } : await countSeats(tx, workspace.id);
  const decision = decideSeat(workspace, used, added);
  if (decision === "none" || decision === "capped") throw noSeat(workspace, who, decision);
  if (decision === "raise") await raiseLimit(tx, actor, workspace, used + 1, who);
  noteSeat(tx, actor, {
    membershipId,
    change: 1,
    limitAfter: decision === "raise" ? used + 1 : null,
    isCounted: false,
  });
  // Adding a seat sends its own email.
  if (decision !== "raise" && workspace.seatLimit !== null)
    await warnOfUse(tx, workspace, workspace.seatLimit, used + 1);
}

function noSeat({ seatLimit, seatMonthlyCap }: Workspace, who: string, decision: "none" | "capped"): Refusal {
  const values = { who, limit: seatLimit ?? 0 };
  return decision === "none"
    ? refusal("no_seat.none", values)
    : refusal("no_seat.capped", { ...values, cap: seatMonthlyCap ?? 0 });
}

/** Seats used, and seats that automatic assignment has added since the month began (UTC). */
async function countSeats(tx: Tx, workspaceId: string): Promise<{ used: number; added: number }> {
  const row = await tx.one<{ used: number; added: number }>(sql`
    SELECT w."seatsUsed" AS used, (SELECT count(*) FROM "SeatChange" s WHERE s."workspaceId" = w.id AND s."limitAfter" IS NOT NULL
      AND s.at >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC') AS added
    FROM "Workspace" w WHERE w.id = ${workspaceId}`);
  return row ?? { used: 0, added: 0 };
}

async function raiseLimit(tx: Tx, actor: Actor, workspace: Workspace, limit: number, who: string): Promise<void> {
  workspace.seatLimit = limit;
  tx.send(sql`UPDATE "Workspace" SET "seatLimit" = ${limit} WHERE id = ${workspace.id}`);
  const target = { kind: "workspace" as const, id: workspace.id, name: workspace.name };
  record(tx, actor, "seat.added", target, { before: { seatLimit: limit - 1 }, after: { seatLimit: limit, for: who } });
  await mailAdmins(tx, workspace, "seat_added", { limit: String(limit), who }, `${workspace.id} ${limit} ${newId()}`);
}

/** Emails admins when 80% of the seats are used, and when all are: once per limit and month. */
async function warnOfUse(tx: Tx, workspace: Workspace, limit: number, used: number): Promise<void> {
  const isFull = used === limit;
  if (!isFull && used !== Math.ceil(limit * 0.8)) return;
  const data = { used: String(used), limit: String(limit), percent: isFull ? "100" : "80" };
  const month = workspace.now.toISOString().slice(0, 7);
  await mailAdmins(tx, workspace, "seats_used", data, `${workspace.id} ${limit} ${data.percent} ${month}`);
}

/** Records the seat of a workspace's first person, which is always available. */
export function noteFirstSeat(tx: Tx, actor: Actor, membershipId: string): void {
  noteSeat(tx, actor, { membershipId, change: 1, limitAfter: null, isCounted: false });
}

/** Gives a seat back. `isCounted`: a token took it from someone who had access for more than a day (hold.ts). */
export function freeSeat(tx: Tx, actor: Actor, membershipId: string, isCounted = false): void {
  noteSeat(tx, actor, { membershipId, change: -1, limitAfter: null, isCounted });
}

type SeatChange = { membershipId: string; change: 1 | -1; limitAfter: number | null; isCounted: boolean };

function noteSeat(tx: Tx, actor: Actor, { membershipId, change, limitAfter, isCounted }: SeatChange): void {
  tx.send(sql`
    INSERT INTO "SeatChange" ("workspaceId", id, "membershipId", change, reason, "limitAfter", counted, "actorName")
    VALUES (${actor.workspaceId}, ${newId()}, ${membershipId}, ${change}, ${actor.grants ?? actor.kind}, ${limitAfter}, ${isCounted}, ${actor.name})`);
}

export type SeatHistory = {
  at: string;
  change: 1 | -1;
  who: string;
  by: "member" | "operator" | "system" | "token";
  limitAfter: number | null;
};

/** Seats taken and freed, newest first, and the cursor of the next page. `by` is the kind of actor. */
export async function listSeatChanges(
  workspaceId: string,
  { cursor, limit = 50 }: { cursor?: string | undefined; limit?: number | undefined },
): Promise<{ changes: (SeatHistory & { id: string })[]; nextCursor: string | null }> {
  const size = Math.min(limit, 200);
  const rows = await all<Omit<SeatHistory, "at"> & Pick<SeatChangeModel, "id" | "at">>(sql`
    SELECT s.id, s.at, s.change, s.reason AS by, s."limitAfter", coalesce(m.address, m."userName", '') AS who
    FROM "SeatChange" s LEFT JOIN "Membership" m ON m."workspaceId" = s."workspaceId" AND m.id = s."membershipId"
    WHERE s."workspaceId" = ${workspaceId} AND (${cursor ?? null}::uuid IS NULL OR s.id < ${cursor ?? null}::uuid)
    ORDER BY s.id DESC LIMIT ${size + 1}`);
  const page = rows.slice(0, size);
  return {
    changes: page.map((row) => ({ ...row, at: row.at.toISOString() })),
    nextCursor: rows.length > size ? (page.at(-1)?.id ?? null) : null,
  };
}
