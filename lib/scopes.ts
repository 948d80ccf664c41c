/** What a scope is about, in the order of the form; the catalogue has their names. */
export const scopeResources = ["user_management", "domain", "audit_log", "webhook", "workspace"] as const;

type Resource = (typeof scopeResources)[number];

/** What a token may do with a resource: `read`, or `read-write`; without a scope it has no access. */
export type Scope = `${Resource}:${"read" | "read-write"}`;

export const knownScopes: readonly Scope[] = scopeResources.flatMap((resource) => [
  `${resource}:read` as const,
  `${resource}:read-write` as const,
]);

export function isScope(text: string): text is Scope {
  return (knownScopes as readonly string[]).includes(text);
}
