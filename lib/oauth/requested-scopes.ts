import { isScope, type Scope } from "@/lib/scopes";
import { allows, parseScopes } from "@/lib/workspace/scopes";

/** The scope identity providers ask for when they mean SCIM: all of the client's user_management scopes. */
export const scimScope = "scim";

/**
 * The scopes that a client gets for its request, or null when it may not have one of them (RFC 6749 §3.3). An empty request gets all of the
 * client's scopes.
 */
export function findScopes(held: readonly Scope[], requested: readonly string[] | undefined): Scope[] | null {
  const words = (requested ?? []).filter((word) => word !== "");
  if (words.length === 0) return [...held];
  const scopes = words.flatMap((word) =>
    word === scimScope ? held.filter((scope) => scope.startsWith("user_management:")) : [word],
  );
  const isRight = scopes.length > 0 && scopes.every((scope) => isScope(scope) && allows(held, scope));
  return isRight ? parseScopes(scopes) : null;
}
