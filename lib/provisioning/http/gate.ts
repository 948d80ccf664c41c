import { env } from "@/lib/env";
import { waitForAddress, waitForToken } from "@/lib/limits/rate-limit";
import { ScimError } from "@/lib/scim/error";
import { accessOf, type Route } from "@/lib/scim/route";
import { allows } from "@/lib/workspace/access/scopes";
import { hashToken } from "@/lib/workspace/access/token-format";
import { findTokenHolder, findTokenOwner, type TokenHolder } from "@/lib/workspace/access/token-holder";
import type { DoorRequest } from "./door";
import { slowDown } from "./errors";
import type { Trace } from "./trace";

/** `Bearer` in any case, the bare token, or Basic with the token as user name (DESIGN §5). */
export function tokenOf(header: string | undefined): string | null {
  const [first = "", second, ...more] = (header ?? "").trim().split(/[ \t]+/, 3);
  if (more.length > 0) return null;
  if (second === undefined) return first === "" ? null : first;
  if (first.toLowerCase() === "bearer") return second;
  if (first.toLowerCase() !== "basic") return null;
  return Buffer.from(second, "base64").toString("utf8").split(":", 1)[0] ?? null;
}

/** Holders that this process has met, by the digest of their token. Each is proven again by every request that uses it (read.ts). */
const holders = new Map<string, TokenHolder>();
const maxHolders = 10_000;

function digestOf(token: string): string {
  return hashToken(token).toString("latin1");
}

/** The holder of a token as this process last saw it, or null. Good for nothing until a statement has proven it. */
export function recallHolder(token: string | null): TokenHolder | null {
  return (token !== null && holders.get(digestOf(token))) || null;
}

/** Who holds the token, read now; else 401, or 429 for an address that sent too many wrong ones. */
export async function authenticate(token: string | null, request: DoorRequest, trace: Trace): Promise<TokenHolder> {
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
      : "The access token is not known, was revoked or has expired. Make a new one under Workspace settings → Developers and paste it into your identity provider.";
  throw new ScimError(401, undefined, detail, { "www-authenticate": challenge(token !== null) });
}

/** RFC 6750 §3: a token that was sent is named as the cause. RFC 9728 §5.1: where a client finds who issues tokens. */
function challenge(isSent: boolean): string {
  const error = isSent ? ', error="invalid_token"' : "";
  return `Bearer realm="scim"${error}, resource_metadata="${env().MUSTER_URL}/.well-known/oauth-protected-resource/scim/v2"`;
}

/** ServiceProviderConfig is told to everybody; everything else needs the plan and the switch, also what is no path (null). */
export function checkPlan(holder: TokenHolder, route: Route | null): void {
  if (route?.kind === "config") return;
  if (holder.plan !== "enterprise") {
    throw new ScimError(
      403,
      undefined,
      `Provisioning is not part of the ${holder.plan} plan. Change the plan of the workspace.`,
    );
  }
  if (!holder.scimEnabled) {
    throw new ScimError(
      403,
      undefined,
      "Provisioning is switched off for this workspace: Workspace settings → Security → User provisioning (SCIM).",
    );
  }
}

/** 429 when a token sends faster than its bucket fills. */
export function checkRate(holder: TokenHolder, operations: number): void {
  const wait = waitForToken(holder.tokenId, operations);
  if (wait > 0) throw slowDown(wait, "Requests come faster than allowed.");
}

/** 403 when the token's scopes don't cover what the route does. */
export function checkScope(holder: TokenHolder, route: Route): void {
  const access = accessOf(route);
  if (access === "nothing") return;
  const scope = access === "read" ? "user_management:read" : "user_management:read-write";
  if (allows(holder.scopes, scope)) return;
  const may = allows(holder.scopes, "user_management:read") ? "read members but not change them" : "not read members";
  throw new ScimError(
    403,
    undefined,
    `This token may ${may}. Give it User Management: ${access === "read" ? "Read" : "Read-write"} under Developers.`,
    {
      "x-required-scope": scope,
    },
  );
}
