import { prints, shellUrl, verb } from "@/scripts/command/command";
import { examine, linesOf } from "@/scripts/command/doctor";

export const doctor = verb("doctor", "say what the server uses, and what needs attention").action(
  prints(
    async (_, server) => {
      const report = await examine(server, shellUrl);
      return { json: report, lines: linesOf(report) };
    },
    { seals: false },
  ),
);
