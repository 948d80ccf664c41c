import { api } from "@/app/api/handler";
import { createAccessTokenInput } from "@/lib/api/access-tokens";
import { createAccessToken, listAccessTokens } from "@/lib/workspace/access/tokens";

export const GET = api("tokens:manage", null, ({ workspaceId }) => listAccessTokens(workspaceId));
export const POST = api("tokens:manage", createAccessTokenInput, ({ actor, input }) => createAccessToken(actor, input));
