import { inTransaction, sql, type Tx } from "@/lib/db";
import { notFound } from "./refusal";

/** The workspace's row as the rules read it. */
export type Workspace = {
  id: string;
  name: string;
  slug: string;
  plan: string;
  seatLimit: number | null;
  automaticSeatAssignment: boolean;
  scimEnabled: boolean;
  scimMayGrantAdmin: boolean;
  strictProfile: boolean;
};

/**
 * One transaction that holds the workspace's row: whatever touches seats, roles, states or the last
 * admin is decided and written under this lock. Lock order is workspace, then membership or team.
 */
export function inWorkspace<Result>(
  workspaceId: string,
  work: (tx: Tx, workspace: Workspace) => Promise<Result>,
): Promise<Result> {
  return inTransaction(workspaceId, async (tx) => {
    const workspace = await tx.one<Workspace>(
      // NO KEY UPDATE: rows that only refer to the workspace, such as the request log, need not wait.
      sql`SELECT * FROM "Workspace" WHERE id = ${workspaceId} FOR NO KEY UPDATE`,
    );
    if (!workspace) throw notFound("workspace");
    return work(tx, workspace);
  });
}
