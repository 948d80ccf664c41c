import { sql, type Tx } from "@/lib/db";
import type { Actor } from "./actor";
import { record } from "./audit-log";
import { newId } from "./id";
import { Refusal } from "./refusal";
import { decideSeat } from "./rules";
import type { Workspace } from "./transaction";

/** Seats used: invited and active memberships. A trigger keeps the count, so that a large workspace need not be counted. */
export async function countSeatsUsed(tx: Pick<Tx, "one">, workspaceId: string): Promise<number> {
  const row = await tx.one<{ count: number }>(
    sql`SELECT "seatsUsed" AS count FROM "Workspace" WHERE id = ${workspaceId}`,
  );
  return row?.count ?? 0;
}

/**
 * Takes a seat for somebody under the workspace's lock. Without a free one, automatic assignment adds
 * one to the limit; else the whole request is refused. `who` is the person as the detail names them.
 */
export async function takeSeat(
  tx: Tx,
  actor: Actor,
  workspace: Workspace,
  membershipId: string,
  who: string,
): Promise<void> {
  // Without a limit nothing depends on the figure. Read here and not with the lock: this very transaction may have taken seats.
  const used = workspace.seatLimit === null ? 0 : await countSeatsUsed(tx, workspace.id);
  const decision = decideSeat(workspace, used);
  if (decision === "none") {
    throw new Refusal(
      "no_seat",
      `No free seat for ${who}: all ${workspace.seatLimit} are used. Add seats, or turn on "Automatic seat assignment" under Security → User provisioning (SCIM).`,
    );
  }
  if (decision === "raise") {
    workspace.seatLimit = used + 1;
    tx.send(sql`UPDATE "Workspace" SET "seatLimit" = ${workspace.seatLimit} WHERE id = ${workspace.id}`);
    const target = { kind: "workspace" as const, id: workspace.id, name: workspace.name };
    record(tx, actor, "seat.added", target, { before: { seatLimit: used }, after: { seatLimit: used + 1 } });
  }
  noteSeat(tx, workspace.id, membershipId, 1, decision === "raise" ? workspace.seatLimit : null, actor.kind);
}

export function freeSeat(tx: Tx, actor: Actor, membershipId: string): void {
  noteSeat(tx, actor.workspaceId, membershipId, -1, null, actor.kind);
}

function noteSeat(
  tx: Tx,
  workspaceId: string,
  membershipId: string,
  change: 1 | -1,
  limitAfter: number | null,
  reason: string,
): void {
  tx.send(sql`
    INSERT INTO "SeatChange" ("workspaceId", id, "membershipId", change, reason, "limitAfter")
    VALUES (${workspaceId}, ${newId()}, ${membershipId}, ${change}, ${reason}, ${limitAfter})`);
}
