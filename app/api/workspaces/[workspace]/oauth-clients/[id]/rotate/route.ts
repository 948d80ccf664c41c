import { api } from "@/app/api/handler";
import { rotateAccessTokenInput } from "@/lib/api/access-tokens";
import { rotateOAuthClient } from "@/lib/workspace/access/oauth/client-secret";

export const POST = api("tokens:manage", rotateAccessTokenInput, ({ actor, params, input }) =>
  rotateOAuthClient(actor, params.id ?? "", input.overlap),
);
