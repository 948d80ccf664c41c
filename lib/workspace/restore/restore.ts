import { type MembershipModel, sql, type Tx, type UserModel } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import type { LossRow } from "@/lib/workspace/holds/losses";
import { type Context, inContext } from "@/lib/workspace/members/context";
import { reactivate, sendReactivationMails } from "@/lib/workspace/members/suspend";
import { type Membership, updateMembership } from "@/lib/workspace/membership/row";
import { inOurWords, isRefusal, notFound, type Refusal, refusal } from "@/lib/workspace/refusal";
import { giveBack } from "./give-back";
import { restoreDays } from "./lost";

/** Why an item could not be restored. */
export type Unrestored = { id: string; detail: string };

/**
 * Restores people with their role and teams (ended ones under their old id), and gives back email addresses, admin roles and whole teams
 * (T08). Each item is restored on its own: a missing seat or taken name for one doesn't hold up the others.
 */
export async function restorePeople(
  actor: Actor,
  ids: readonly string[],
): Promise<{ restored: number; refused: Unrestored[] }> {
  const refused: Unrestored[] = [];
  for (const id of ids) {
    try {
      await inContext(actor, (context) => restore(context, id));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused.push({ id, detail: inOurWords(error) });
    }
  }
  return { restored: ids.length - refused.length, refused };
}

async function restore(context: Context, id: string): Promise<void> {
  const { tx, workspace } = context;
  const loss = await tx.one<LossRow>(sql`
    UPDATE "AccessLoss" SET "restoredAt" = now() WHERE "workspaceId" = ${workspace.id} AND id = ${id} AND "restoredAt" IS NULL
    RETURNING id, kind, "membershipId", "teamId", name, data, members, at > now() - make_interval(days => ${restoreDays}) AS "isRecent"`);
  if (!loss) return restorePerson(context, id);
  if (!loss.isRecent) throw tooLong();
  await giveBack(context, loss);
}

function tooLong(): Refusal {
  return refusal("state_conflict.tooLongAgo", { days: String(restoreDays) });
}

async function restorePerson(context: Context, id: string): Promise<void> {
  const { tx, workspace } = context;
  const lost = await tx.one<Membership & Pick<MembershipModel, "leftTeams" | "joinedAt"> & { isRecent: boolean }>(sql`
    SELECT *, coalesce("endedAt", "suspendedAt") > now() - make_interval(days => ${restoreDays}) AS "isRecent" FROM "Membership"
    WHERE "workspaceId" = ${workspace.id} AND id = ${id} AND state IN ('suspended', 'ended') FOR UPDATE`);
  // Someone who never joined was only a cancelled invite and has lost nothing.
  if (!lost || lost.joinedAt === null) throw notFound("lostMember");
  if (!lost.isRecent) throw tooLong();
  const { leftTeams, isRecent: _isRecent, joinedAt: _joinedAt, ...membership } = lost;
  const before = membership.state === "ended" ? await revive(context, membership) : membership;
  const back = await reactivate(context, before, [before.address ?? "", before.userName], lost.state);
  const saved = await updateMembership(tx, back.membership);
  if (lost.state === "ended") await returnToTeams(tx, lost, leftTeams);
  await sendReactivationMails(context, saved, back.mails, 0);
}

/** Turns an ended person into a suspended, unmanaged one, if their userName and account are still free. */
async function revive({ tx, workspace }: Context, membership: Membership): Promise<Membership> {
  const holder = await tx.one<Pick<MembershipModel, "id" | "userNameKey">>(sql`
    SELECT id, "userNameKey" FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND state <> 'ended'
      AND ("userNameKey" = ${membership.userNameKey} OR "userId" = ${membership.userId}) ORDER BY "userNameKey" <> ${membership.userNameKey} LIMIT 1`);
  if (holder && holder.userNameKey === membership.userNameKey)
    throw refusal("user_name_taken.since", { userName: membership.userName });
  // If someone else has the account now, or another workspace has moved it to another mailbox, `admit` decides about the account.
  const account = holder
    ? null
    : await tx.one<Pick<UserModel, "id">>(sql`
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

/** Returns the person to those of their teams that still exist. */
async function returnToTeams(tx: Tx, { workspaceId, id }: Membership, teams: string[]): Promise<void> {
  await tx.run(sql`
    WITH back AS (INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId")
      SELECT t."workspaceId", t.id, ${id} FROM "Team" t WHERE t."workspaceId" = ${workspaceId} AND t.id = ANY(${teams}::uuid[]) ON CONFLICT DO NOTHING RETURNING "teamId")
    UPDATE "Team" t SET version = t.version + 1, "updatedAt" = now() FROM back WHERE t."workspaceId" = ${workspaceId} AND t.id = back."teamId"`);
}
