import { api } from "@/app/api/handler";
import { updateAccessTokenInput } from "@/lib/api/access-tokens";
import { revokeAccessToken, updateAccessToken } from "@/lib/workspace/access/tokens";

export const PATCH = api("tokens:manage", updateAccessTokenInput, ({ actor, params, input }) =>
  updateAccessToken(actor, params.id ?? "", input),
);
export const DELETE = api("tokens:manage", null, ({ actor, params }) => revokeAccessToken(actor, params.id ?? ""));
