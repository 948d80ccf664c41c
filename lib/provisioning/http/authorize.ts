import { waitForToken } from "@/lib/limits/rate-limit";
import { ScimError } from "@/lib/scim/error";
import { accessOf, type Route } from "@/lib/scim/route";
import type { TokenHolder } from "@/lib/workspace/access/token-holder";
import { allows } from "@/lib/workspace/scopes";
import { slowDown } from "./errors";

/** Everybody may read ServiceProviderConfig; everything else, including unknown paths (null), needs the plan and the switch. */
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

/** Throws 429 when a token sends faster than its bucket refills. */
export function checkRate(holder: TokenHolder, operations: number): void {
  const wait = waitForToken(holder.tokenId, operations);
  if (wait > 0) throw slowDown(wait, "Requests come faster than allowed.");
}

/** Throws 403 when the token's scopes don't cover the route. */
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
