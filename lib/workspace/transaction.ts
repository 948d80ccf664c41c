import { inTransaction } from "@/lib/database/transaction";
import { sql, type Tx, type WorkspaceModel } from "@/lib/db";
import { notFound } from "./refusal";

/** The workspace's row as the rules read it. */
export type Workspace = Pick<
  WorkspaceModel,
  | "id"
  | "name"
  | "slug"
  | "plan"
  | "seatLimit"
  | "automaticSeatAssignment"
  | "seatMonthlyCap"
  | "scimEnabled"
  | "scimMayGrantAdmin"
  | "strictProfile"
  | "massChangeHold"
  | "holdLiftedUntil"
  | "memberCount"
  | "seatsUsed"
> & {
  /** The time of this transaction, also used in the rows it writes. */
  now: Date;
};

/**
 * Runs a transaction that locks the workspace's row. All changes of seats, roles, states and the last admin are decided and written under
 * this lock. Lock order is workspace, then membership or team.
 */
export function inWorkspace<Result>(
  workspaceId: string,
  work: (tx: Tx, workspace: Workspace) => Promise<Result>,
): Promise<Result> {
  return inWorkspaceWith(workspaceId, async () => {}, work);
}

/**
 * Same as `inWorkspace`, with reads sent right behind the lock, so that they see the locked state and cost no extra round trip. `together`:
 * it may share a transaction with other waiting work of the workspace.
 */
export function inWorkspaceWith<Ahead, Result>(
  workspaceId: string,
  ahead: (tx: Tx) => Promise<Ahead>,
  work: (tx: Tx, workspace: Workspace, ahead: Ahead) => Promise<Result>,
  together = false,
): Promise<Result> {
  const locked = async (tx: Tx) => {
    const [workspace, found] = await Promise.all([
      // NO KEY UPDATE: rows that only reference the workspace, such as the request log, don't have to wait.
      tx.one<Workspace>(sql`
        SELECT id, name, slug, plan, "seatLimit", "automaticSeatAssignment", "seatMonthlyCap", "scimEnabled", "scimMayGrantAdmin", "strictProfile",
          "massChangeHold", "holdLiftedUntil", "memberCount", "seatsUsed", now()::timestamptz(3) AS now
        FROM "Workspace" WHERE id = ${workspaceId} FOR NO KEY UPDATE`),
      ahead(tx),
    ]);
    if (!workspace) throw notFound("workspace");
    return work(tx, workspace, found);
  };
  return inTransaction(workspaceId, locked, together, workspaceId);
}
