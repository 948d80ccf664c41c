import { listUnsentIds, sendAnyMailAgain } from "@/lib/workspace/mail/unsent";
import { isRefusal } from "@/lib/workspace/refusal";
import { CommandError, noun, prints, verb } from "@/scripts/command/command";

const sendAgain = verb("send-again", "send emails again that were refused or failed")
  .option("--id <id>", "one email, as doctor prints it")
  .option("--all", "all of them")
  .action(
    prints(async ({ id, all = false }) => {
      if (!all && !id) throw new CommandError("Give --id or --all.");
      const ids = all ? await listUnsentIds() : [id ?? ""];
      const left: string[] = [];
      for (const one of ids) {
        await sendAnyMailAgain(one).catch((error: unknown) => {
          if (!all || !isRefusal(error)) throw error;
          left.push(`${one}: ${error.detail}`);
        });
      }
      const sent = ids.length - left.length;
      const lines = [`${sent} emails wait to be sent again. The server looks within a minute.`, ...left];
      return { json: { sent, left }, lines };
    }),
  );

export const email = noun("email", "emails").addCommand(sendAgain);
