import { api } from "@/app/api/handler";
import { updateOAuthClientInput } from "@/lib/api/oauth-clients";
import { revokeOAuthClient, updateOAuthClient } from "@/lib/workspace/access/oauth/clients";

export const PATCH = api("tokens:manage", updateOAuthClientInput, ({ actor, params, input }) =>
  updateOAuthClient(actor, params.id ?? "", input),
);
export const DELETE = api("tokens:manage", null, ({ actor, params }) => revokeOAuthClient(actor, params.id ?? ""));
