import { api } from "@/app/api/handler";
import { createOAuthClientInput } from "@/lib/api/oauth-clients";
import { createOAuthClient, listOAuthClients } from "@/lib/workspace/access/oauth/clients";

export const GET = api("tokens:manage", null, ({ workspaceId }) => listOAuthClients(workspaceId));
export const POST = api("tokens:manage", createOAuthClientInput, ({ actor, input }) => createOAuthClient(actor, input));
