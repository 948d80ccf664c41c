import { sql, type Tx } from "@/lib/db";
import type { Actor } from "./actor";
import { newId } from "./id";
import type { Membership } from "./membership";

// Access that tokens took otherwise than by suspending or ending somebody, which the history of seats tells.

/** What a token is about to take from a person. */
export type Loss = { action: "suspend" | "end" | "demote" } | { action: "move"; from: string; to: string };

/** A team that many people lose at once is listed, also where being in it gives no role. */
export const largeTeam = 10;

/** Notes an address or an admin role that a token took from somebody. */
export function noteLoss(tx: Tx, actor: Actor, membership: Membership, loss: Loss, isCounted: boolean): void {
  if (loss.action === "suspend" || loss.action === "end") return;
  const kind = loss.action === "move" ? "address" : "role";
  const data = loss.action === "move" ? { from: loss.from, to: loss.to } : {};
  const name = membership.address ?? membership.userName;
  tx.send(sql`
    INSERT INTO "AccessLoss" ("workspaceId", id, kind, "membershipId", name, "actorName", counted, data)
    VALUES (${actor.workspaceId}, ${newId()}, ${kind}, ${membership.id}, ${name}, ${actor.name}, ${isCounted}, ${JSON.stringify(data)})`);
}

type Emptied = { id: string; name: string; externalId: string | null };

/** Notes a large team that a token emptied or deleted, with who was in it. */
export function noteTeamLoss(
  tx: Tx,
  actor: Actor,
  team: Emptied,
  members: readonly string[],
  isDeleted: boolean,
): void {
  if ((actor.grants ?? actor.kind) !== "token" || members.length <= largeTeam) return;
  const data = { deleted: isDeleted, externalId: team.externalId };
  tx.send(sql`
    INSERT INTO "AccessLoss" ("workspaceId", id, kind, "teamId", name, "actorName", data, members)
    VALUES (${actor.workspaceId}, ${newId()}, 'team', ${team.id}, ${team.name}, ${actor.name}, ${JSON.stringify(data)}, ${members}::uuid[])`);
}

export type LossRow = {
  id: string;
  kind: "address" | "role" | "team";
  membershipId: string | null;
  teamId: string | null;
  name: string;
  data: { from?: string; to?: string; deleted?: boolean; externalId?: string | null };
  members: string[];
  isRecent: boolean;
};
