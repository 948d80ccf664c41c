import { all, sql, type Tx } from "@/lib/db";
import type { Actor } from "./actor";
import { findClaims } from "./claims";
import { endMembership } from "./ending";
import { settleHold } from "./hold";
import { findMembership, type Membership, updateMembership } from "./membership";
import { isRefusal, notFound, Refusal } from "./refusal";
import { reactivate, type Situation, sendReactivationMails, suspend } from "./standing";
import { inWorkspace } from "./transaction";

/** Days in which somebody whom a token suspended or ended can be brought back. */
const restoreDays = 30;

function inSituation<Result>(actor: Actor, work: (situation: Situation) => Promise<Result>): Promise<Result> {
  return inWorkspace(actor.workspaceId, async (tx, workspace) =>
    work({ tx, actor, workspace, claims: await findClaims(tx, workspace.id), notes: [] }),
  );
}

/**
 * Does what was held, at once, and lets everything through for a day: the retries of the identity provider find it done.
 * Who is the last admin stays, and is counted as skipped.
 */
export function approveHold(actor: Actor, holdId: string): Promise<{ applied: number; skipped: number }> {
  return inSituation(actor, async (situation) => {
    const wishes = await settleHold(situation.tx, actor, holdId, "approved");
    const granting: Situation = { ...situation, actor: { ...actor, grants: "token" } };
    let applied = 0;
    for (const wish of wishes) if (await grant(granting, wish)) applied++;
    return { applied, skipped: wishes.length - applied };
  });
}

async function grant(situation: Situation, wish: { membershipId: string; action: "suspend" | "end" }) {
  const membership = await findMembership(situation.tx, situation.workspace.id, wish.membershipId);
  if (membership?.state !== "active") return false;
  try {
    if (wish.action === "end") await endMembership(situation, membership);
    else await updateMembership(situation.tx, await suspend(situation, membership));
    return true;
  } catch (error) {
    if (isRefusal(error) && error.reason === "last_admin") return false; // decided before anything of it is written
    throw error;
  }
}

/** Drops what was held, and goes on refusing until the hold is lifted. */
export async function stopHold(actor: Actor, holdId: string): Promise<void> {
  await inSituation(actor, ({ tx }) => settleHold(tx, actor, holdId, "stopped"));
}

/** Lets changes through again, counted from now. */
export async function liftHold(actor: Actor, holdId: string): Promise<void> {
  await inSituation(actor, ({ tx }) => settleHold(tx, actor, holdId, "lifted"));
}

export type LostPerson = { id: string; name: string; how: "suspended" | "ended"; at: string; by: string };

/** Members whom a token suspended or ended in the last thirty days and who are not back, the latest first, 1,000 at most. */
export async function listLost(workspaceId: string): Promise<LostPerson[]> {
  const rows = await all<Omit<LostPerson, "at"> & { at: Date }>(sql`
    SELECT m.id, coalesce(m.address, m."userName") AS name, m.state AS how, s.at, coalesce(a."actorName", '') AS by
    FROM "Membership" m
    JOIN LATERAL (SELECT at, reason, change FROM "SeatChange" s WHERE s."workspaceId" = m."workspaceId" AND s."membershipId" = m.id ORDER BY s.id DESC LIMIT 1) s
      ON s.reason = 'token' AND s.change = -1 AND s.at > now() - make_interval(days => ${restoreDays})
    LEFT JOIN LATERAL (SELECT "actorName" FROM "AuditEvent" e WHERE e."workspaceId" = m."workspaceId" AND e."targetId" = m.id::text
      AND e.action IN ('membership.suspended', 'membership.ended') ORDER BY e.id DESC LIMIT 1) a ON true
    WHERE m."workspaceId" = ${workspaceId} AND m.state IN ('suspended', 'ended') AND m."joinedAt" IS NOT NULL
    ORDER BY s.at DESC, m.id LIMIT 1000`);
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** Why somebody could not be restored. */
export type Unrestored = { id: string; detail: string };

/**
 * Brings people back with their role and teams, those who were ended under their old id (T08). Each by itself: a seat or a
 * name that is missing for one holds up nobody else.
 */
export async function restorePeople(
  actor: Actor,
  ids: readonly string[],
): Promise<{ restored: number; refused: Unrestored[] }> {
  const refused: Unrestored[] = [];
  for (const id of ids) {
    try {
      await inSituation(actor, (situation) => restore(situation, id));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused.push({ id, detail: error.detail });
    }
  }
  return { restored: ids.length - refused.length, refused };
}

async function restore(situation: Situation, id: string): Promise<void> {
  const { tx, workspace } = situation;
  const lost = await tx.one<Membership & { leftTeams: string[]; isRecent: boolean; joinedAt: Date | null }>(sql`
    SELECT *, coalesce("endedAt", "suspendedAt") > now() - make_interval(days => ${restoreDays}) AS "isRecent" FROM "Membership"
    WHERE "workspaceId" = ${workspace.id} AND id = ${id} AND state IN ('suspended', 'ended') FOR UPDATE`);
  // Who never joined is an invite: it was cancelled, and nobody has lost anything.
  if (!lost || lost.joinedAt === null) throw notFound("suspended or removed member");
  if (!lost.isRecent) throw new Refusal("state_conflict", `This is longer ago than ${restoreDays} days.`);
  const { leftTeams, isRecent: _isRecent, joinedAt: _joinedAt, ...membership } = lost;
  const before = membership.state === "ended" ? await revive(situation, membership) : membership;
  const back = await reactivate(situation, before, [before.address ?? "", before.userName], lost.state);
  const saved = await updateMembership(tx, back.membership);
  if (lost.state === "ended") await returnToTeams(tx, lost, leftTeams);
  await sendReactivationMails(situation, saved, back.mails, 0);
}

/** An ended person as a suspended one whom nobody manages, if the name and the account are still theirs to have. */
async function revive({ tx, workspace }: Situation, membership: Membership): Promise<Membership> {
  const holder = await tx.one<{ id: string; userNameKey: string }>(sql`
    SELECT id, "userNameKey" FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND state <> 'ended'
      AND ("userNameKey" = ${membership.userNameKey} OR "userId" = ${membership.userId}) ORDER BY "userNameKey" <> ${membership.userNameKey} LIMIT 1`);
  if (holder && holder.userNameKey === membership.userNameKey)
    throw new Refusal("user_name_taken", `Somebody else has the name ${membership.userName} by now.`);
  const userId = holder ? null : membership.userId; // somebody else has the account now: the create decision looks for one
  const account = await tx.one<{ email: string }>(sql`SELECT email FROM "User" WHERE id = ${userId} FOR KEY SHARE`);
  const address = account?.email ?? membership.address; // it may have moved since
  return {
    ...membership,
    address,
    state: "suspended",
    userId,
    connectionId: null,
    saidRole: null,
    roleOverridden: false,
  };
}

/** Back into the teams that are still there. */
async function returnToTeams(tx: Tx, { workspaceId, id }: Membership, teams: string[]): Promise<void> {
  await tx.run(sql`
    WITH back AS (INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId")
      SELECT t."workspaceId", t.id, ${id} FROM "Team" t WHERE t."workspaceId" = ${workspaceId} AND t.id = ANY(${teams}::uuid[]) ON CONFLICT DO NOTHING RETURNING "teamId")
    UPDATE "Team" t SET version = t.version + 1, "updatedAt" = now() FROM back WHERE t."workspaceId" = ${workspaceId} AND t.id = back."teamId"`);
}
