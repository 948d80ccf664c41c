import { addressKey } from "@/lib/address";
import { sql } from "@/lib/db";
import { findUserByAddress, isShared } from "@/lib/workspace/accounts/accounts";
import { askOwner, lockAccount, mailMoved, moveAccount } from "@/lib/workspace/accounts/address-change";
import { record } from "@/lib/workspace/audit/record";
import type { LossRow } from "@/lib/workspace/holds/losses";
import type { Context } from "@/lib/workspace/members/context";
import { changeRole } from "@/lib/workspace/members/roles";
import { findMembership, type Membership, membershipTarget, updateMembership } from "@/lib/workspace/membership/row";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { followMoved } from "@/lib/workspace/teams/effects";
import { requireRoomForTeam } from "@/lib/workspace/teams/limit";
import { findTeamRole, insertTeam, lockTeam, teamTarget } from "@/lib/workspace/teams/team";

// An admin gives back access that a token took (D-56). The identity provider's next push wins again.

/** Gives back an address, an admin role or a team. */
export async function giveBack(context: Context, loss: LossRow): Promise<void> {
  if (loss.kind === "team") return giveBackTeam(context, loss, loss.teamId ?? "");
  const { tx, workspace } = context;
  const membership = await findMembership(tx, workspace.id, loss.membershipId ?? "");
  if (membership?.state !== "active") throw refusal("state_conflict.notActiveMember", { name: loss.name });
  if (loss.kind === "role") return giveBackRole(context, membership);
  return giveBackAddress(context, membership, loss);
}

async function giveBackRole(context: Context, membership: Membership): Promise<void> {
  const next = await changeRole(context, membership, "admin");
  if (next !== membership)
    await updateMembership(context.tx, { ...next, roleOverridden: membership.connectionId !== null });
}

async function giveBackAddress(context: Context, membership: Membership, { name, data }: LossRow): Promise<void> {
  const { tx, actor, workspace } = context;
  const [from, to] = [data.from ?? "", data.to ?? ""];
  const user = membership.userId === null ? null : await lockAccount(tx, membership.userId);
  if (!user || addressKey(user.email) !== addressKey(to)) {
    throw refusal("state_conflict.changedSince", { name, address: String(membership.address) });
  }
  const holder = await findUserByAddress(tx, from);
  if (holder) throw refusal("state_conflict.addressTaken", { address: from });
  if (await isShared(tx, workspace.id, user.id)) return askOwner(tx, actor, workspace, membership, user, from);
  await moveAccount(tx, user, from);
  const change = { before: { address: to }, after: { address: from } };
  record(tx, actor, "membership.address_changed", membershipTarget(membership), change);
  mailMoved(tx, workspace, `${membership.id} ${membership.version} restored`, to, from);
}

/** Puts back everyone who is still here. A deleted team returns under its old id, unless its name is taken. */
async function giveBackTeam(context: Context, { name, data, members }: LossRow, teamId: string): Promise<void> {
  const { tx, actor, workspace } = context;
  if (data.deleted) {
    await requireRoomForTeam(tx, workspace.id);
    const key = { workspaceId: workspace.id, id: teamId };
    const profile = { name, externalId: data.externalId ?? null, attributes: {}, folded: {} };
    const made = await insertTeam(tx, { ...key, ...profile, connectionId: null });
    if (!made) throw refusal("team_name_taken.since", { team: JSON.stringify(name) });
  }
  const team = await lockTeam(tx, workspace.id, teamId);
  if (!team) throw notFound("team");
  const added = await tx.all<{ id: string }>(sql`
    INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId")
    SELECT m."workspaceId", ${teamId}, m.id FROM "Membership" m WHERE m."workspaceId" = ${workspace.id} AND m.id = ANY(${members}::uuid[]) AND m.state <> 'ended'
    ON CONFLICT DO NOTHING RETURNING "membershipId" AS id`);
  await tx.run(
    sql`UPDATE "Team" SET version = version + 1, "updatedAt" = now() WHERE "workspaceId" = ${workspace.id} AND id = ${teamId}`,
  );
  record(tx, actor, "team.restored", teamTarget(team), { after: { name: team.name, membersMoved: added.length } });
  const isMapped = (await findTeamRole(tx, workspace.id, team.id)) !== null;
  if (isMapped) await followMoved(context, { added: added.map(({ id }) => id), removed: [] });
}
