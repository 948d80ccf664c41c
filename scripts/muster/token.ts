import { createAccessToken, listAccessTokens, revokeAccessToken } from "@/lib/workspace/access/tokens";
import { date, filled, noun, operator, prints, rows, several, workspaceVerb } from "@/scripts/command/command";

const create = workspaceVerb("create", "create an access token and print its secret, once")
  .requiredOption("--name <name>", "what it is for", filled)
  .requiredOption("--scope <scope>", "what it may do, such as user_management:read-write; may be repeated", several)
  .option("--expires <date>", "its last day, such as 2027-01-31", date)
  .option("--connection <name>", "another identity provider than the one that is connected")
  .action(
    prints(async ({ name, scope, expires = null, connection = null, ...options }) => {
      const input = { name, scopes: scope, expiresAt: expires, connection };
      const { token, secret } = await createAccessToken(await operator(options), input);
      return { json: { ...token, secret }, lines: [secret] };
    }),
  );

const list = workspaceVerb("list", "list the access tokens").action(
  prints(
    async (options) => {
      const tokens = await listAccessTokens((await operator(options)).workspaceId);
      const table = tokens.map(({ id, prefix, state, scopes, name }) => [id, prefix, state, scopes.join(" "), name]);
      return { json: tokens, lines: rows(table) };
    },
    { seals: false },
  ),
);

const revoke = workspaceVerb("revoke", "revoke an access token")
  .requiredOption("--id <id>", "as token list prints it", filled)
  .action(
    prints(async ({ id, ...options }) => {
      await revokeAccessToken(await operator(options), id);
      return { json: { revoked: id }, lines: ["Revoked. The next request with it is refused."] };
    }),
  );

export const token = noun("token", "access tokens").addCommand(create).addCommand(list).addCommand(revoke);
