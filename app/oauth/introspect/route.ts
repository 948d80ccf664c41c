import { answerForm, limitCaller, limitWrong, requireToken } from "@/app/oauth/endpoint";
import { authenticateClient, requireSecret } from "@/lib/oauth/client-auth";
import { describeOwnToken, describeToken } from "@/lib/oauth/inspect";

/**
 * Token introspection (RFC 7662), for a client of the token's workspace that has a secret, or for the token itself in the Authorization
 * header, which only sees itself. Wrong guesses count against the network they come from.
 */
export const POST = (request: Request) =>
  answerForm(request, async (form, authorization) => {
    const bearer = /^bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
    const token = form.get("token") ?? "";
    if (bearer !== undefined && (token === "" || token === bearer)) {
      const { tokenId, described } = await describeOwnToken(bearer);
      if (tokenId === null) limitWrong(request);
      else limitCaller(tokenId);
      return described;
    }
    const client = requireSecret(await authenticateClient(authorization, form));
    limitCaller(client.tokenId);
    return describeToken(client, requireToken(form));
  });
