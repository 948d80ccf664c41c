import { setSeatLimit, updateSettings } from "@/lib/workspace/workspaces/settings";
import { noun, numberOrNone, onOrOff, operator, prints, workspaceVerb } from "@/scripts/command/command";

const set = workspaceVerb("set", "change how many seats a workspace has")
  .option("--limit <number|none>", "seats bought", numberOrNone)
  .option("--automatic <on|off>", "add a seat when none is free", onOrOff)
  .option("--monthly-cap <number|none>", "seats that may be added in a month", numberOrNone)
  .action(
    prints(async ({ limit, automatic, monthlyCap, ...options }) => {
      const actor = await operator(options);
      if (limit !== undefined) await setSeatLimit(actor, limit);
      const change = { automaticSeatAssignment: automatic, seatMonthlyCap: monthlyCap };
      const { seatLimit, seatsUsed, automaticSeatAssignment, seatMonthlyCap } = await updateSettings(actor, change);
      const added = automaticSeatAssignment ? `on, ${seatMonthlyCap ?? "any number"} a month` : "off";
      return {
        json: { limit: seatLimit, used: seatsUsed, automaticSeatAssignment, monthlyCap: seatMonthlyCap },
        lines: [`Seat limit: ${seatLimit ?? "none"}, ${seatsUsed} used; automatic seat assignment ${added}`],
      };
    }),
  );

export const seats = noun("seats", "seats of a workspace").addCommand(set);
