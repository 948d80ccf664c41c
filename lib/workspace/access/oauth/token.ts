import { one, sql } from "@/lib/db";
import { publicIdOf } from "@/lib/workspace/access/token-format";
import { newId } from "@/lib/workspace/id";
import { seal, unseal } from "@/lib/workspace/seal";

/** Seconds until an issued token expires unless its client sets another lifetime (Entra accepts one to six hours, R-68). */
export const oauthTokenSeconds = 3_600;

const prefix = "mso_";

/** The contents of an issued token. */
export type Issued = {
  /** Identifies the token in revocation and introspection. */
  id: string;
  /** Identifies the consent it came from; null for client credentials. */
  familyId: string | null;
  until: Date;
  /** Narrowed scopes; empty when the token has all the scopes of its client. */
  scopes: string[];
};

/** The claims of a presented token: the access token it speaks for and, for a short-lived issued token, the contents it was issued with. */
export type Presented = { publicId: string; issued: Issued | null };

type NewOAuthToken = { publicId: string; seconds: number; familyId?: string | null; scopes?: readonly string[] };

/**
 * A short-lived token that speaks for an access token or an OAuth client (RFC 6749 §5.1). It is sealed, not stored: revoking or changing
 * the row it names takes effect at once, because every request reads that row.
 */
export async function newOAuthToken(wanted: NewOAuthToken): Promise<string> {
  const { publicId, seconds, familyId = null, scopes = [] } = wanted;
  // Uses the database's clock, which also judges expiry: a server with a wrong clock can't issue tokens that live too long.
  const time = await one<{ now: number }>(sql`SELECT floor(extract(epoch FROM now()))::float8 AS now`);
  const until = (time?.now ?? 0) + seconds;
  return prefix + seal([publicId, until.toString(36), newId(), familyId ?? "", scopes.join(" ")].join("."), "oauth");
}

/** Reads a token of either kind; null for one that was not issued here. Expiry is left to the database's clock. */
export function readPresented(token: string): Presented | null {
  if (!token.startsWith(prefix)) {
    const publicId = publicIdOf(token);
    return publicId === null ? null : { publicId, issued: null };
  }
  const [publicId = "", until = "", id = "", familyId = "", scopes = ""] = opened(token.slice(prefix.length)).split(
    ".",
  );
  if (publicId === "") return null;
  return {
    publicId,
    issued: {
      id,
      familyId: familyId === "" ? null : familyId,
      until: new Date(Number.parseInt(until, 36) * 1000),
      scopes: scopes === "" ? [] : scopes.split(" "),
    },
  };
}

function opened(sealed: string): string {
  try {
    return unseal(sealed, "oauth");
  } catch {
    return ""; // forged
  }
}
