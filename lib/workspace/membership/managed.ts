import { type ConnectionModel, sql, type TeamModel, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record, type Target } from "@/lib/workspace/audit/record";
import { notFound, type Refusal, refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { type Membership, membershipTarget, userNameTaken } from "./row";
import { isLocked } from "./rules";

/** The fields of a person or team that determine who manages it. */
type Managed = { workspaceId: string; connectionId: string | null; overrideUntil: Date | null };

async function ownerOf(tx: Tx, workspaceId: string, connectionId: string | null): Promise<string> {
  const row = await tx.one<Pick<ConnectionModel, "name">>(
    sql`SELECT name FROM "Connection" WHERE "workspaceId" = ${workspaceId} AND id = ${connectionId}`,
  );
  return row?.name ?? "";
}

/** Returns the row if this actor's connection may change it. Refuses rows that another connection manages (T46). */
export async function requireOwn<Row extends Managed>(
  tx: Tx,
  actor: Actor,
  row: Row | null,
  what: "user" | "group",
): Promise<Row> {
  if (!row) throw notFound(what);
  if (row.connectionId !== null && row.connectionId !== (actor.connectionId ?? null)) {
    const owner = JSON.stringify(await ownerOf(tx, row.workspaceId, row.connectionId));
    throw refusal("managed_elsewhere.by", { owner, what });
  }
  return row;
}

/** The refusal for a new person with this row's userName. */
export async function whyTaken(tx: Tx, actor: Actor, row: Membership, userName: string): Promise<Refusal> {
  const isOwn = row.connectionId === null || row.connectionId === (actor.connectionId ?? null);
  return userNameTaken(userName, row.id, isOwn ? undefined : await ownerOf(tx, row.workspaceId, row.connectionId));
}

/** Refuses an in-app change of anything an identity provider manages, unless an override is open. The operator is always allowed. */
export async function requireUnlocked(tx: Tx, actor: Actor, row: Managed, now: Date): Promise<void> {
  if (actor.kind === "operator" || actor.kind === "system" || !isLocked(row, now)) return;
  const owner = await ownerOf(tx, row.workspaceId, row.connectionId);
  throw refusal("managed.by", { owner });
}

/** Unlocks a managed person for changes in the app, for an hour. Their identity provider's next push wins. */
export function overrideMember(actor: Actor, membershipId: string): Promise<void> {
  return inWorkspace(actor.workspaceId, async (tx) => {
    const row = await tx.one<Membership>(sql`
      UPDATE "Membership" SET "overrideUntil" = now() + interval '1 hour'
      WHERE "workspaceId" = ${actor.workspaceId} AND id = ${membershipId} AND state <> 'ended' AND "connectionId" IS NOT NULL RETURNING *`);
    noteOverride(tx, actor, row && membershipTarget(row), "member");
  });
}

/** Same for a team. */
export function overrideTeam(actor: Actor, teamId: string): Promise<void> {
  return inWorkspace(actor.workspaceId, async (tx) => {
    const row = await tx.one<Pick<TeamModel, "id" | "name">>(sql`
      UPDATE "Team" SET "overrideUntil" = now() + interval '1 hour'
      WHERE "workspaceId" = ${actor.workspaceId} AND id = ${teamId} AND "connectionId" IS NOT NULL RETURNING id, name`);
    noteOverride(tx, actor, row && { kind: "team", ...row }, "team");
  });
}

function noteOverride(tx: Tx, actor: Actor, target: Target | null, what: "member" | "team"): void {
  if (!target) throw notFound(what === "team" ? "managedTeam" : "managedMember");
  const event = target.kind === "team" ? "team.override_opened" : "membership.override_opened";
  record(tx, actor, event, target, { after: { hours: 1 } });
}
