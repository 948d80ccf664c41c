import { answerForm } from "@/app/oauth/endpoint";
import { authenticateClient } from "@/lib/oauth/client-auth";
import { issueTokens } from "@/lib/oauth/tokens";

/** The OAuth 2.0 token endpoint (RFC 6749 §3.2), for identity providers and programs. */
export const POST = (request: Request) =>
  answerForm(request, async (form, authorization) => issueTokens(await authenticateClient(authorization, form), form));
