import { all, sql, statement, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { findClaims } from "@/lib/workspace/domains/claims";
import { type HeldWish, settleHold } from "@/lib/workspace/holds/hold";
import type { LossRow } from "@/lib/workspace/holds/losses";
import { endMembership } from "@/lib/workspace/members/end";
import { findMembership, type Membership, updateMembership } from "@/lib/workspace/members/membership";
import { change, type HeldChange } from "@/lib/workspace/members/provision";
import { changeRole } from "@/lib/workspace/members/roles";
import { reactivate, type Situation, sendReactivationMails, suspend } from "@/lib/workspace/members/standing";
import { isRefusal, notFound, Refusal } from "@/lib/workspace/refusal";
import { applyHeldTeam, type HeldTeamChange } from "@/lib/workspace/teams/provision";
import { inWorkspace } from "@/lib/workspace/transaction";
import { giveBack } from "./give-back";

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

async function grant(situation: Situation, wish: HeldWish): Promise<boolean> {
  try {
    if (wish.teamId !== null) return await applyHeldTeam(situation, wish.teamId, wish.data as HeldTeamChange);
    const membership = await findMembership(situation.tx, situation.workspace.id, wish.membershipId ?? "");
    return membership?.state === "active" && (await grantPerson(situation, membership, wish));
  } catch (error) {
    if (isRefusal(error) && error.reason === "last_admin") return false; // decided before anything of it is written
    throw error;
  }
}

async function grantPerson(situation: Situation, membership: Membership, { action, data }: HeldWish): Promise<boolean> {
  const { tx } = situation;
  const held = data as HeldChange | null;
  if (action === "end") await endMembership(situation, membership);
  else if (action === "suspend") await updateMembership(tx, await suspend(situation, membership));
  else if (held === null) await updateMembership(tx, await changeRole(situation, membership, "member"));
  // Decided on the person as they were: when something else has changed since, the next push of the identity provider says it anew.
  else if (held.version !== membership.version) return false;
  else await change(situation, membership, held.person);
  return true;
}

/** Drops what was held, and goes on refusing until the hold is lifted. */
export async function stopHold(actor: Actor, holdId: string): Promise<void> {
  await inSituation(actor, ({ tx }) => settleHold(tx, actor, holdId, "stopped"));
}

/** Lets changes through again, counted from now. */
export async function liftHold(actor: Actor, holdId: string): Promise<void> {
  await inSituation(actor, ({ tx }) => settleHold(tx, actor, holdId, "lifted"));
}

export type Lost = {
  /** The membership of somebody suspended or ended; else the loss. */
  id: string;
  name: string;
  how: "suspended" | "ended" | "address" | "role" | "team_emptied" | "team_deleted";
  at: string;
  by: string;
  /** The address that was taken away, and the one in its place. */
  from: string | null;
  to: string | null;
  /** How many people were in the team. */
  people: number;
};

const lostRows = `
  SELECT m.id, coalesce(m.address, m."userName") AS name, m.state AS how, s.at, s."actorName" AS by, NULL AS "from", NULL AS "to", 0 AS people
  FROM "Membership" m
  JOIN LATERAL (SELECT at, reason, change, "actorName" FROM "SeatChange" s WHERE s."workspaceId" = m."workspaceId" AND s."membershipId" = m.id ORDER BY s.id DESC LIMIT 1) s
    ON s.reason = 'token' AND s.change = -1 AND s.at > now() - make_interval(days => $2)
  WHERE m."workspaceId" = $1 AND m.state IN ('suspended', 'ended') AND m."joinedAt" IS NOT NULL
  UNION ALL
  SELECT l.id, l.name, CASE l.kind WHEN 'team' THEN CASE WHEN (l.data->>'deleted')::boolean THEN 'team_deleted' ELSE 'team_emptied' END ELSE l.kind END,
    l.at, l."actorName", l.data->>'from', l.data->>'to', cardinality(l.members)
  FROM "AccessLoss" l LEFT JOIN "Membership" m ON m."workspaceId" = l."workspaceId" AND m.id = l."membershipId"
  WHERE l."workspaceId" = $1 AND l."restoredAt" IS NULL AND l.at > now() - make_interval(days => $2)
    AND (l.kind = 'team' OR (m.state = 'active' AND CASE l.kind WHEN 'role' THEN m.role = 'member' ELSE m."addressKey" = lower(l.data->>'to') END))`;

/** What tokens took in the last thirty days and nobody has given back, the latest first, 1,000 at most. */
export async function listLost(workspaceId: string): Promise<Lost[]> {
  const text = `SELECT * FROM (${lostRows}) lost ORDER BY at DESC, id LIMIT ${maxLost}`;
  const rows = await all<Omit<Lost, "at"> & { at: Date }>(statement(text, [workspaceId, restoreDays]));
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

const maxLost = 1_000;

/** How much there is beyond what is listed. */
export async function countLost(workspaceId: string, listed: number): Promise<number> {
  if (listed < maxLost) return listed;
  const [row] = await all<{ count: number }>(
    statement(`SELECT count(*) AS count FROM (${lostRows}) lost`, [workspaceId, restoreDays]),
  );
  return row?.count ?? listed;
}

/** Why something could not be restored. */
export type Unrestored = { id: string; detail: string };

/**
 * Brings people back with their role and teams, those who were ended under their old id, and gives back addresses, admin roles and
 * whole teams (T08). Each by itself: a seat or a name that is missing for one holds up nobody else.
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
  const loss = await tx.one<LossRow>(sql`
    UPDATE "AccessLoss" SET "restoredAt" = now() WHERE "workspaceId" = ${workspace.id} AND id = ${id} AND "restoredAt" IS NULL
    RETURNING id, kind, "membershipId", "teamId", name, data, members, at > now() - make_interval(days => ${restoreDays}) AS "isRecent"`);
  if (!loss) return restorePerson(situation, id);
  if (!loss.isRecent) throw tooLong();
  await giveBack(situation, loss);
}

function tooLong(): Refusal {
  return new Refusal("state_conflict", `This is longer ago than ${restoreDays} days.`);
}

async function restorePerson(situation: Situation, id: string): Promise<void> {
  const { tx, workspace } = situation;
  const lost = await tx.one<Membership & { leftTeams: string[]; isRecent: boolean; joinedAt: Date | null }>(sql`
    SELECT *, coalesce("endedAt", "suspendedAt") > now() - make_interval(days => ${restoreDays}) AS "isRecent" FROM "Membership"
    WHERE "workspaceId" = ${workspace.id} AND id = ${id} AND state IN ('suspended', 'ended') FOR UPDATE`);
  // Who never joined is an invite: it was cancelled, and nobody has lost anything.
  if (!lost || lost.joinedAt === null) throw notFound("suspended or removed member");
  if (!lost.isRecent) throw tooLong();
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
  // Where somebody else has the account now, or another workspace has moved it to a mailbox of its own, the create decision looks for one.
  const account = holder
    ? null
    : await tx.one<{ id: string }>(sql`
        SELECT id FROM "User" WHERE id = ${membership.userId} AND "emailKey" = lower(${membership.address}) FOR KEY SHARE`);
  const userId = account?.id ?? null;
  return {
    ...membership,
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
