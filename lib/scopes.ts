/** The resources of scopes, in the order of the form; the catalogue has their names. */
export const scopeResources = ["user_management", "domain", "audit_log", "webhook", "workspace"] as const;

type Resource = (typeof scopeResources)[number];

/** A token's access to a resource, `read` or `read-write`; without a scope it has none. */
export type Scope = `${Resource}:${"read" | "read-write"}`;

export const knownScopes: readonly Scope[] = scopeResources.flatMap((resource) => [
  `${resource}:read` as const,
  `${resource}:read-write` as const,
]);

export function isScope(text: string): text is Scope {
  return (knownScopes as readonly string[]).includes(text);
}
