import { linesOfReplaced, replaceSecret } from "@/lib/process/installation";
import { noun, prints, verb } from "@/scripts/command/command";

const replace = verb("replace", "accept this MUSTER_SECRET after the old one was lost").action(
  prints(
    async () => {
      const replaced = await replaceSecret();
      if (replaced !== null) return { json: replaced, lines: linesOfReplaced(replaced) };
      return { json: null, lines: ["This MUSTER_SECRET is the one in use. Nothing was replaced."] };
    },
    { seals: false },
  ),
);

export const secret = noun("secret", "the key that seals secrets").addCommand(replace);
