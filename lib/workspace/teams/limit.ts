import { sql, type Tx } from "@/lib/db";
import { refusal } from "@/lib/workspace/refusal";

/**
 * Maximum number of teams per workspace. One person may be in all of them, and reading that person takes a connection that all workspaces
 * share.
 */
const maxTeams = 20_000;

/** Refuses a new team when the workspace has reached the maximum. */
export async function requireRoomForTeam(tx: Tx, workspaceId: string): Promise<void> {
  const last = await tx.one(
    sql`SELECT 1 FROM "Team" WHERE "workspaceId" = ${workspaceId} ORDER BY "workspaceId", id OFFSET ${maxTeams - 1} LIMIT 1`,
  );
  if (last) throw refusal("limit_reached.teams", { limit: String(maxTeams) });
}
