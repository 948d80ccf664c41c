import { api } from "@/app/api/handler";
import { keepInput } from "@/lib/api/left-behind";
import { type GivenKind, keepLeftBehind } from "@/lib/workspace/access/givers";
import { revokeOAuthClient } from "@/lib/workspace/access/oauth/clients";
import { revokeConsent } from "@/lib/workspace/access/oauth/grants";
import { revokeAccessToken } from "@/lib/workspace/access/tokens";
import type { Actor } from "@/lib/workspace/actor";
import { deleteWebhook } from "@/lib/workspace/webhooks/webhooks";

const revoke: Record<GivenKind, (actor: Actor, id: string) => Promise<void>> = {
  access_token: revokeAccessToken,
  oauth_client: revokeOAuthClient,
  webhook: deleteWebhook,
  consent: revokeConsent,
};

/** Keeps or revokes access that someone left behind. */
export const POST = api("tokens:manage", keepInput, ({ actor, params, input }) => {
  const id = params.id ?? "";
  return input.decision === "keep" ? keepLeftBehind(actor, input.kind, id) : revoke[input.kind](actor, id);
});
