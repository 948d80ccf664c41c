import { answerForm } from "@/app/oauth/endpoint";
import { authenticateClient } from "@/lib/oauth/client-auth";
import { issueTokens } from "@/lib/oauth/tokens";

/** The token endpoint of OAuth 2.0 (RFC 6749 §3.2), for identity providers and for programs. */
export const POST = (request: Request) =>
  answerForm(request, async (form, authorization) => issueTokens(await authenticateClient(authorization, form), form));
