import { seal, unseal } from "./seal";
import { publicIdOf } from "./token-format";

/** Seconds that an issued token is good for (entra.md §11.1: one to six hours). */
export const oauthTokenSeconds = 3_600;

const prefix = "mso_";

/** What a presented token says of itself: which access token it speaks for, and until when if it was issued for a while. */
export type Presented = { publicId: string; until: Date | null };

/**
 * A short-lived token that speaks for an access token (RFC 6749 §4.4). It is sealed and not stored: revoking or changing the access
 * token counts for it at once, because that row is read with every request.
 */
export function newOAuthToken(publicId: string): string {
  const until = Math.floor(Date.now() / 1000) + oauthTokenSeconds;
  return prefix + seal(`${publicId}.${until.toString(36)}`, "oauth");
}

/** Reads a token of either kind; null for one that nobody here has made. The time is for the database's clock to judge. */
export function readPresented(token: string): Presented | null {
  if (!token.startsWith(prefix)) {
    const publicId = publicIdOf(token);
    return publicId === null ? null : { publicId, until: null };
  }
  const [publicId = "", until = ""] = opened(token.slice(prefix.length)).split(".");
  return publicId === "" ? null : { publicId, until: new Date(Number.parseInt(until, 36) * 1000) };
}

function opened(sealed: string): string {
  try {
    return unseal(sealed, "oauth");
  } catch {
    return ""; // made up
  }
}
