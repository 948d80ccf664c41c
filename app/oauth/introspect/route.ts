import { answerForm, requireToken } from "@/app/oauth/endpoint";
import { authenticateClient } from "@/lib/oauth/client-auth";
import { describeOwnToken, describeToken } from "@/lib/oauth/inspect";

/** What a token may do (RFC 7662): asked by a client of its workspace, or by the token itself in the Authorization header. */
export const POST = (request: Request) =>
  answerForm(request, async (form, authorization) => {
    const bearer = /^bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
    const token = form.get("token") ?? "";
    if (bearer !== undefined && (token === "" || token === bearer)) return describeOwnToken(bearer);
    const client = await authenticateClient(authorization, form);
    return describeToken(client.workspaceId, requireToken(form));
  });
