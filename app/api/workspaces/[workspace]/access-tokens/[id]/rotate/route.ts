import { api } from "@/app/api/handler";
import { rotateAccessTokenInput } from "@/lib/api/access-tokens";
import { rotateAccessToken } from "@/lib/workspace/access/rotate-token";

export const POST = api("tokens:manage", rotateAccessTokenInput, ({ actor, params, input }) =>
  rotateAccessToken(actor, params.id ?? "", input.overlap, input.expiresAt),
);
