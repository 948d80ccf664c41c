import { createSignInLink } from "@/lib/workspace/accounts/sign-in-links";
import { CommandError, filled, prints, verb } from "@/scripts/command/command";

export const signInLink = verb("sign-in-link", "print a link that signs somebody in, once")
  .requiredOption("--email <email>", "the account's address", filled)
  .action(
    prints(async ({ email }) => {
      const url = await createSignInLink(email);
      if (url === null) throw new CommandError(`There is no account with the address ${email}.`);
      return { json: { url }, lines: [url] };
    }),
  );
