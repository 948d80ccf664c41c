import { Command } from "@commander-js/extra-typings";
import { client } from "@/scripts/muster/client";
import { connection } from "@/scripts/muster/connection";
import { doctor } from "@/scripts/muster/doctor";
import { domain } from "@/scripts/muster/domain";
import { email } from "@/scripts/muster/email";
import { hold } from "@/scripts/muster/hold";
import { member } from "@/scripts/muster/member";
import { schema } from "@/scripts/muster/schema";
import { seats } from "@/scripts/muster/seats";
import { secret } from "@/scripts/muster/secret";
import { signInLink } from "@/scripts/muster/sign-in-link";
import { team } from "@/scripts/muster/team";
import { token } from "@/scripts/muster/token";
import { workspace } from "@/scripts/muster/workspace";
import { completion } from "./completion";

/** The operator's command. */
export const program = new Command("muster")
  .description("The operator's command. It works on the database of DATABASE_URL, or on the embedded one.")
  .showHelpAfterError("Add --help to see what it takes.");

const commands = [
  workspace,
  domain,
  token,
  client,
  connection,
  member,
  team,
  seats,
  hold,
  schema,
  signInLink,
  email,
  secret,
  doctor,
];
for (const command of [...commands, completion(program)]) program.addCommand(command as Command);

/** Added commands don't inherit the program's help text after an error. */
function inherit(command: Command): void {
  for (const one of command.commands as Command[]) {
    one.copyInheritedSettings(command);
    inherit(one);
  }
}
inherit(program);
