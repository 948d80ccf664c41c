import { one, sql } from "@/lib/db";
import { publicIdOf } from "@/lib/workspace/access/token-format";
import { newId } from "@/lib/workspace/id";
import { seal, unseal } from "@/lib/workspace/seal";

/** Seconds that an issued token is good for unless its client says otherwise (Entra accepts one to six hours, R-68). */
export const oauthTokenSeconds = 3_600;

const prefix = "mso_";

/** What an issued token carries. */
export type Issued = {
  /** Names the token in a revocation, and in introspection. */
  id: string;
  /** All that came from one consent; null for client credentials. */
  familyId: string | null;
  until: Date;
  /** What it was narrowed to; empty when it may all that its client may. */
  scopes: string[];
};

/** What a presented token says of itself: which access token it speaks for, and what it was issued with if it was issued for a while. */
export type Presented = { publicId: string; issued: Issued | null };

type NewOAuthToken = { publicId: string; seconds: number; familyId?: string | null; scopes?: readonly string[] };

/**
 * A short-lived token that speaks for an access token or an OAuth client (RFC 6749 §5.1). It is sealed and not stored: revoking or
 * changing the row that it names counts for it at once, because that row is read with every request.
 */
export async function newOAuthToken(wanted: NewOAuthToken): Promise<string> {
  const { publicId, seconds, familyId = null, scopes = [] } = wanted;
  // By the database's clock, as it is judged: a server whose clock is wrong issues nothing that lives longer.
  const time = await one<{ now: number }>(sql`SELECT floor(extract(epoch FROM now()))::float8 AS now`);
  const until = (time?.now ?? 0) + seconds;
  return prefix + seal([publicId, until.toString(36), newId(), familyId ?? "", scopes.join(" ")].join("."), "oauth");
}

/** Reads a token of either kind; null for one that nobody here has made. The time is for the database's clock to judge. */
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
    return ""; // made up
  }
}
