import { all, sql } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { cancelInvite, resendInvite } from "@/lib/workspace/invites/invites";
import { reactivateMember, suspendMember, updateRole } from "@/lib/workspace/members/edit";
import { addTeamMember, removeTeamMember } from "@/lib/workspace/teams/edit";
import { eachAlone } from "./each-alone";
import type { BulkAction } from "./select";

const runs: Record<BulkAction, (actor: Actor, id: string, team: string) => Promise<unknown>> = {
  suspend: suspendMember,
  reactivate: reactivateMember,
  make_admin: (actor, id) => updateRole(actor, id, "admin"),
  make_member: (actor, id) => updateRole(actor, id, "member"),
  resend_invite: resendInvite,
  cancel_invite: cancelInvite,
  add_to_team: (actor, id, team) => addTeamMember(actor, team, id),
  remove_from_team: (actor, id, team) => removeTeamMember(actor, team, id),
};

/**
 * Does to each of these members what a page would do to one, in a transaction of its own. Returns who was refused and why, such as the last
 * admin, and whom it didn't reach because the database was busy or away. Throws if it reached nobody.
 */
export async function runBulk(actor: Actor, action: BulkAction, ids: readonly string[], team: string | null) {
  const { reached, refused } = await eachAlone(ids, (id) => runs[action](actor, id, team ?? ""));
  const names = await findNames(
    actor.workspaceId,
    refused.map(({ item }) => item),
  );
  return {
    done: reached - refused.length,
    refused: refused.map(({ item: id, detail }) => ({ id, name: names.get(id) ?? id, detail })),
    rest: ids.slice(reached),
  };
}

async function findNames(workspaceId: string, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const people = await all<{ id: string; name: string }>(sql`
    SELECT m.id, coalesce(muster_display_name(m.attributes, m."givenName", m."familyName"), m.address, m."userName") AS name
    FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} AND m.id = ANY(${ids}::uuid[])`);
  return new Map(people.map(({ id, name }) => [id, name]));
}
