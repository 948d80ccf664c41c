import { setTeamRole } from "@/lib/workspace/teams/edit";
import { findTeamByName } from "@/lib/workspace/teams/teams";
import { CommandError, filled, noun, operator, prints, roleOrNone, workspaceVerb } from "@/scripts/command/command";

const map = workspaceVerb("map", "set the role that being in a team gives")
  .requiredOption("--name <team>", "the team's name", filled)
  .requiredOption("--role <admin|member|none>", "the role", roleOrNone)
  .action(
    prints(async ({ name, role, ...options }) => {
      const actor = await operator(options);
      const team = await findTeamByName(actor.workspaceId, name);
      if (!team) throw new CommandError(`There is no team named ${name}.`);
      const notes = await setTeamRole(actor, team, role);
      return { json: { team, role, notes }, lines: [`${name} gives ${role ?? "no role"}.`, ...notes] };
    }),
  );

export const team = noun("team", "teams").addCommand(map);
