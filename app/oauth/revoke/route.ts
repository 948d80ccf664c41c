import { answerForm, requireToken } from "@/app/oauth/endpoint";
import { authenticateClient } from "@/lib/oauth/client-auth";
import { revokeToken } from "@/lib/oauth/inspect";

/** Revokes a token (RFC 7009). */
export const POST = (request: Request) =>
  answerForm(request, async (form, authorization) => {
    const client = await authenticateClient(authorization, form);
    await revokeToken(client, requireToken(form));
    return null;
  });
