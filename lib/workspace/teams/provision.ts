import { inTransaction } from "@/lib/database/transaction";
import type { Tx } from "@/lib/db";
import { requireLiveToken } from "@/lib/workspace/access/live-token";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { withHold } from "@/lib/workspace/holds/hold";
import { newId } from "@/lib/workspace/id";
import { applyMembers } from "@/lib/workspace/membership/team-members";
import { removeTeam } from "./effects";
import { requireRoomForTeam } from "./limit";
import { type TeamWork, withTeam } from "./locked";
import {
  insertTeam,
  nameTaken,
  type Team,
  type TeamOutcome,
  type TeamProfile,
  type TeamView,
  teamTarget,
} from "./team";

/** POST of a group: creates a team that is managed from the start. */
export function createTeam<Seen, View>(
  actor: Actor,
  profile: TeamProfile,
  members: readonly string[],
  view: TeamView<Seen, View>,
): Promise<TeamOutcome<View>> {
  const { name } = profile;
  const id = newId();
  const create = async (tx: Tx) => {
    await requireRoomForTeam(tx, actor.workspaceId);
    const { workspaceId, connectionId = null } = actor;
    const team = await insertTeam(tx, { ...profile, workspaceId, id, connectionId });
    if (!team) throw await nameTaken(tx, actor, name);
    await requireLiveToken(tx, actor); // the insert has waited for a concurrent Disconnect
    const notes: string[] = [];
    await applyMembers(tx, team, { keep: true, add: members, remove: [] }, notes);
    record(tx, actor, "team.created", teamTarget(team), { after: { name, members: members.length } });
    return { effect: "group.created", notes, view: view.show(team, await view.read(tx, team)) };
  };
  return inTransaction(id, create, false, actor.workspaceId);
}

/** DELETE of a group: deletes the team, linked or not; its people stay. */
export function deleteTeam(actor: Actor, teamId: string, check: (team: Team) => void): Promise<TeamOutcome<null>> {
  const nothing = () => null;
  const remove: TeamWork<null, TeamOutcome<null>> = async (tx, team, _, context) => {
    check(team);
    await removeTeam(tx, actor, team, context);
    return { effect: "group.deleted", notes: context?.notes ?? [], view: null };
  };
  return withHold(actor, () => withTeam(actor, teamId, nothing, remove));
}
