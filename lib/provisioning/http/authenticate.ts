import { env } from "@/lib/env";
import { waitForAddress } from "@/lib/limits/rate-limit";
import { ScimError } from "@/lib/scim/error";
import { hashToken } from "@/lib/workspace/access/token-format";
import { findTokenHolder, findTokenOwner, type TokenHolder } from "@/lib/workspace/access/token-holder";
import type { AdapterRequest } from "./adapter";
import { slowDown } from "./errors";
import type { Trace } from "./trace";

/** Cache of token holders by the digest of their token. Every request that uses one proves it again (read.ts). */
const holders = new Map<string, TokenHolder>();

const maxHolders = 10_000;

function digestOf(token: string): string {
  return hashToken(token).toString("latin1");
}

/** `Bearer` in any case, the bare token, or Basic with the token as user name (D-04). */
export function tokenOf(header: string | undefined): string | null {
  const [first = "", second, ...more] = (header ?? "").trim().split(/[ \t]+/, 3);
  if (more.length > 0) return null;
  if (second === undefined) return first === "" ? null : first;
  if (first.toLowerCase() === "bearer") return second;
  if (first.toLowerCase() !== "basic") return null;
  return Buffer.from(second, "base64").toString("utf8").split(":", 1)[0] ?? null;
}

/** The cached holder of a token, or null. Must not be used until a statement has proven it. */
export function recallHolder(token: string | null): TokenHolder | null {
  return (token !== null && holders.get(digestOf(token))) || null;
}

/** Reads the holder of the token from the database. Throws 401, or 429 for an IP address that sent too many wrong tokens. */
export async function authenticate(token: string | null, request: AdapterRequest, trace: Trace): Promise<TokenHolder> {
  const holder = token === null ? null : await findTokenHolder(token);
  if (holder && token !== null) {
    if (holders.size >= maxHolders) holders.clear();
    holders.set(digestOf(token), holder);
    trace.holder = holder;
    return holder;
  }
  if (token !== null) holders.delete(digestOf(token));
  const wait = waitForAddress(request.address);
  if (wait > 0) throw slowDown(wait, "Too many requests with a wrong token came from this address.");
  trace.owner = token === null ? null : await findTokenOwner(token);
  const detail =
    token === null
      ? "Send the access token in the Authorization header: Bearer, a space, the token."
      : "The access token is not known, was revoked or has expired. Create a new one under Workspace settings → Developers and paste it into your identity provider.";
  throw new ScimError(401, undefined, detail, { "www-authenticate": challenge(token !== null) });
}

/** RFC 6750 §3: name the token as the cause if one was sent. RFC 9728 §5.1: where a client finds the authorization server. */
function challenge(isSent: boolean): string {
  const error = isSent ? ', error="invalid_token"' : "";
  return `Bearer realm="scim"${error}, resource_metadata="${env().MUSTER_URL}/.well-known/oauth-protected-resource/scim/v2"`;
}
