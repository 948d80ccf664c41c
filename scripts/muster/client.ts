import type { ClientKind } from "@/lib/workspace/access/oauth/client-rules";
import { createOAuthClient, listOAuthClients, revokeOAuthClient } from "@/lib/workspace/access/oauth/clients";
import { CommandError, filled, noun, operator, prints, rows, several, workspaceVerb } from "@/scripts/command/command";

/** A client's options decide its kind: redirect URIs, or the issuer of its assertions. */
function kindOf(redirectUris: string[], issuer: string | undefined): ClientKind {
  const isCode = redirectUris.length > 0;
  if (isCode && issuer !== undefined)
    throw new CommandError("--redirect-uri and --issuer make two kinds of clients: give one of them.");
  if (isCode) return "authorization_code";
  return issuer === undefined ? "client_credentials" : "federation";
}

const create = workspaceVerb("create", "create an OAuth client and print its id and secret, once")
  .requiredOption("--name <name>", "what it is for", filled)
  .requiredOption("--scope <scope>", "what its tokens may do; may be repeated", several)
  .option("--hours <hours>", "how long its tokens last, 1 to 6", Number, 1)
  .option("--connection <name>", "another identity provider than the one that is connected")
  .option("--redirect-uri <uri>", "where people are sent back to; may be repeated", several)
  .option("--public", "it has no secret, and proves itself by PKCE")
  .option("--issuer <url>", "whose assertions count in place of a secret")
  .option("--subject <subject>", "the assertion's subject")
  .option("--audience <audience>", "the assertion's audience; may be repeated", several)
  .option("--jwks-uri <url>", "where the issuer's keys are")
  .action(
    prints(async ({ redirectUri = [], issuer, audience = [], ...options }) => {
      const { client, secret } = await createOAuthClient(await operator(options), {
        kind: kindOf(redirectUri, issuer),
        name: options.name,
        scopes: options.scope,
        tokenSeconds: options.hours * 3_600,
        redirectUris: redirectUri,
        isPublic: options.public ?? false,
        issuer: issuer ?? null,
        subject: options.subject ?? null,
        audiences: audience,
        jwksUri: options.jwksUri ?? null,
        connection: options.connection ?? null,
      });
      return { json: { ...client, secret }, lines: [client.clientId, ...(secret === null ? [] : [secret])] };
    }),
  );

const list = workspaceVerb("list", "list the OAuth clients").action(
  prints(
    async (options) => {
      const clients = await listOAuthClients((await operator(options)).workspaceId);
      const table = clients.map(({ id, clientId, kind, scopes, name }) => [id, clientId, kind, scopes.join(" "), name]);
      return { json: clients, lines: rows(table) };
    },
    { seals: false },
  ),
);

const revoke = workspaceVerb("revoke", "revoke an OAuth client and its tokens")
  .requiredOption("--id <id>", "as client list prints it", filled)
  .action(
    prints(async ({ id, ...options }) => {
      await revokeOAuthClient(await operator(options), id);
      return { json: { revoked: id }, lines: ["Revoked. The next request with a token of it is refused."] };
    }),
  );

export const client = noun("client", "OAuth clients").addCommand(create).addCommand(list).addCommand(revoke);
