import { isScope, knownScopes, type Scope, scopeResources } from "@/lib/scopes";
import { refusal } from "./refusal";

/** Returns one scope per resource, in the order of `scopeResources`; the wider one wins. Refuses unknown scopes and an empty list. */
export function parseScopes(scopes: string[]): Scope[] {
  const wrong = scopes.find((scope) => !isScope(scope));
  if (wrong !== undefined) {
    throw refusal("scope_not_known.unknown", { scope: JSON.stringify(wrong), known: knownScopes.join(", ") });
  }
  if (scopes.length === 0) throw refusal("scope_missing.none");
  const widest = scopeResources.map((resource) =>
    [`${resource}:read-write` as const, `${resource}:read` as const].find((scope) => scopes.includes(scope)),
  );
  return widest.filter((scope) => scope !== undefined);
}

/** Whether `held` covers `wanted`; read-write includes read. */
export function allows(held: readonly string[], wanted: Scope): boolean {
  return held.includes(wanted) || (wanted.endsWith(":read") && held.includes(`${wanted}-write`));
}

/** The part of `wanted` that a holder of `held` still has: read-write shrinks to read when only read is left. */
export function narrow(held: readonly string[], wanted: readonly string[]): string[] {
  const less = wanted.map((scope) => (held.includes(scope) ? scope : scope.replace(/-write$/, "")));
  return less.filter((scope) => isScope(scope) && allows(held, scope));
}
