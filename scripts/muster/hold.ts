import type { Actor } from "@/lib/workspace/actor";
import { findHold } from "@/lib/workspace/holds/decide";
import { approveHold, liftHold, stopHold } from "@/lib/workspace/restore/hold";
import { CommandError, noun, operator, prints, rows, workspaceVerb } from "@/scripts/command/command";

const show = workspaceVerb("show", "show the changes that are held").action(
  prints(
    async (options) => {
      const hold = await findHold((await operator(options)).workspaceId);
      if (!hold) return { json: hold, lines: ["Nothing is held."] };
      const people = rows(hold.people.map(({ action, name, by }) => [action, name, by]));
      const rest = hold.total - people.length;
      const more = rest > 0 ? [`and ${rest} more`] : [];
      return { json: hold, lines: [`${hold.state}: ${hold.total} changes wait`, ...people, ...more] };
    },
    { seals: false },
  ),
);

/** A command for a decision about the hold, as an admin makes it in the settings. */
function decision(name: string, summary: string, decide: (actor: Actor, id: string) => Promise<unknown>, line: string) {
  return workspaceVerb(name, summary).action(
    prints(async (options) => {
      const actor = await operator(options);
      const hold = await findHold(actor.workspaceId);
      if (!hold) throw new CommandError("Nothing is held.");
      return { json: (await decide(actor, hold.id)) ?? { hold: hold.id }, lines: [line] };
    }),
  );
}

const approve = decision(
  "approve",
  "make the held changes",
  approveHold,
  "Approved: what was held is done, and nothing is held for 24 hours.",
);
const stop = decision(
  "stop",
  "drop the held changes, and refuse more of them",
  stopHold,
  "Stopped: the list is dropped, and suspensions are refused until hold lift.",
);
const lift = decision(
  "lift",
  "allow changes again after stop",
  liftHold,
  "Lifted: the identity provider may suspend people again.",
);

export const hold = noun("hold", "changes that would take access from many people")
  .addCommand(show)
  .addCommand(approve)
  .addCommand(stop)
  .addCommand(lift);
