import { type AccessLossModel, sql, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { newId } from "@/lib/workspace/id";
import type { Membership } from "@/lib/workspace/membership/row";

// Access that tokens took other than by suspending or removing someone; those losses are in the seat history.

/** The access that a token is about to take from a person. */
export type Loss = { action: "suspend" | "end" | "demote" } | { action: "move"; from: string; to: string };

/** A team that more people than this lose is listed even when it gives no role. */
const largeTeam = 10;

/** Records an email address or admin role that a token took from someone. */
export function noteLoss(tx: Tx, actor: Actor, membership: Membership, loss: Loss, isCounted: boolean): void {
  if (loss.action === "suspend" || loss.action === "end") return;
  const kind = loss.action === "move" ? "address" : "role";
  const data = loss.action === "move" ? { from: loss.from, to: loss.to } : {};
  const name = membership.address ?? membership.userName;
  tx.send(sql`
    INSERT INTO "AccessLoss" ("workspaceId", id, kind, "membershipId", name, "actorName", counted, data)
    VALUES (${actor.workspaceId}, ${newId()}, ${kind}, ${membership.id}, ${name}, ${actor.name}, ${isCounted}, ${JSON.stringify(data)})`);
}

/** True for a token, and for an admin who approves a token's held change. */
function isToken(actor: Actor): boolean {
  return (actor.grants ?? actor.kind) === "token";
}

/** Records who a token removed from a team that isn't empty yet: identity providers empty a team person by person. */
export function noteTeamPart(tx: Tx, actor: Actor, team: Emptied, members: readonly string[]): void {
  if (!isToken(actor) || members.length === 0) return;
  tx.send(sql`
    INSERT INTO "AccessLoss" ("workspaceId", id, kind, "teamId", name, "actorName", members)
    VALUES (${actor.workspaceId}, ${newId()}, 'team_part', ${team.id}, ${team.name}, ${actor.name}, ${members}::uuid[])`);
}

/** The people removed from a team within the last hour, who now count as part of one loss. */
async function takeTeamParts(tx: Tx, workspaceId: string, teamId: string): Promise<string[]> {
  const parts = await tx.all<Pick<AccessLossModel, "members">>(sql`
    DELETE FROM "AccessLoss" WHERE "workspaceId" = ${workspaceId} AND at > now() - interval '1 hour' AND kind = 'team_part' AND "teamId" = ${teamId} RETURNING members`);
  return parts.flatMap(({ members }) => members);
}

type Emptied = { id: string; name: string; externalId: string | null };

/** Records a large team that a token emptied or deleted, with its members of the last hour; `members` are the last of them. */
export async function noteTeamLoss(
  tx: Tx,
  actor: Actor,
  team: Emptied,
  members: readonly string[],
  isDeleted: boolean,
): Promise<void> {
  if (!isToken(actor)) return;
  const people = [...new Set([...(await takeTeamParts(tx, actor.workspaceId, team.id)), ...members])];
  if (people.length <= largeTeam) return;
  const data = { deleted: isDeleted, externalId: team.externalId };
  tx.send(sql`
    INSERT INTO "AccessLoss" ("workspaceId", id, kind, "teamId", name, "actorName", data, members)
    VALUES (${actor.workspaceId}, ${newId()}, 'team', ${team.id}, ${team.name}, ${actor.name}, ${JSON.stringify(data)}, ${people}::uuid[])`);
}

export type LossRow = Pick<AccessLossModel, "id" | "membershipId" | "teamId" | "name" | "members"> & {
  kind: "address" | "role" | "team";
  data: { from?: string; to?: string; deleted?: boolean; externalId?: string | null };
  isRecent: boolean;
};
