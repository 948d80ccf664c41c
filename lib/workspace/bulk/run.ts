import type { Actor } from "@/lib/workspace/actor";
import { cancelInvite, resendInvite } from "@/lib/workspace/invites/invites";
import { reactivateMember, suspendMember, updateRole } from "@/lib/workspace/members/edit";
import { inOurWords, isRefusal } from "@/lib/workspace/refusal";
import { addTeamMember, removeTeamMember } from "@/lib/workspace/teams/edit";
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
 * Does to each of these members what a page would do to one, in a transaction of its own: one who is refused, such as the last admin, stops
 * nobody else. Returns who was refused and why.
 */
export async function runBulk(actor: Actor, action: BulkAction, ids: readonly string[], team: string | null) {
  const refused: { id: string; detail: string }[] = [];
  for (const id of ids) {
    try {
      await runs[action](actor, id, team ?? "");
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused.push({ id, detail: inOurWords(error) });
    }
  }
  return { done: ids.length - refused.length, refused };
}
