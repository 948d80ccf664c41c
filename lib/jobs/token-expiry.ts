import { eachApart } from "@/lib/set-aside";
import {
  announceEnding,
  endWebhooksOfExpired,
  listEnding,
  listExpiredWithWebhooks,
} from "@/lib/workspace/access/token-expiry";

/** Tells admins of tokens that end soon or have ended, and ends what expired ones made; a token that can't be told of holds up no other. */
export async function announceTokenExpiry(isStopping: () => boolean = () => false): Promise<void> {
  await eachApart("tokens", await listEnding(), announceEnding, isStopping, ({ id }) => ({ accessToken: id }));
  await eachApart("tokens", await listExpiredWithWebhooks(), endWebhooksOfExpired, isStopping, ({ id }) => ({
    accessToken: id,
  }));
}
