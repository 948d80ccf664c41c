import { eachApart } from "@/lib/set-aside";
import {
  announceEnding,
  endWebhooksOfExpired,
  listEnding,
  listExpiredWithWebhooks,
} from "@/lib/workspace/access/token-expiry";

/**
 * Emails admins about tokens that expire soon or have expired, and ends the webhooks of expired ones. A failing token doesn't hold up the
 * others.
 */
export async function announceTokenExpiry(isStopping: () => boolean = () => false): Promise<void> {
  await eachApart("tokens", await listEnding(), announceEnding, isStopping, ({ id }) => ({ accessToken: id }));
  await eachApart("tokens", await listExpiredWithWebhooks(), endWebhooksOfExpired, isStopping, ({ id }) => ({
    accessToken: id,
  }));
}
