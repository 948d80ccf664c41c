import type { Translator } from "@/lib/messages/room";
import { scopeResources } from "@/lib/scopes";

export type Level = "none" | "read" | "read-write";
/** The chosen level of each resource. */
export type Levels = Record<string, Level>;
type Resource = (typeof scopeResources)[number];

export const levels: readonly Level[] = ["none", "read", "read-write"];

export const presets: { name: "provisioning" | "audit"; levels: Levels }[] = [
  { name: "provisioning", levels: { user_management: "read-write" } },
  { name: "audit", levels: { audit_log: "read", user_management: "read" } },
];

export function toScopes(chosen: Levels): string[] {
  return scopeResources.flatMap((id) => {
    const level = chosen[id] ?? "none";
    return level === "none" ? [] : [`${id}:${level}`];
  });
}

export function toLevels(scopes: string[]): Levels {
  return Object.fromEntries(scopes.map((scope) => scope.split(":") as [string, Level]));
}

/** The resource and the level of a scope; null for a scope of another version. */
function parts(scope: string): { resource: Resource; level: "read" | "read-write" } | null {
  const [name, level] = scope.split(":");
  const resource = scopeResources.find((id) => id === name);
  if (resource === undefined || (level !== "read" && level !== "read-write")) return null;
  return { resource, level };
}

/** A sentence that describes what a token with these scopes can do. */
export function summarise(scopes: readonly string[], t: Translator<"tokens">): string {
  const abilities = scopes.flatMap((scope) => {
    const known = parts(scope);
    return known ? [t(`scope.can.${known.resource}.${known.level}`)] : [];
  });
  if (abilities.length === 0) return t("scope.unable");
  return t("scope.able", { abilities: new Intl.ListFormat("en").format(abilities) });
}

/** Whether a token with these scopes lets an identity provider write. */
export function isForProvisioning(scopes: readonly string[]): boolean {
  return scopes.includes("user_management:read-write");
}

/** Tells where to paste a new token, and what its scopes allow. */
export function revealText(scopes: readonly string[], t: Translator<"tokens">): string {
  return t(isForProvisioning(scopes) ? "secret.paste" : "secret.store", { scopes: summarise(scopes, t) });
}

/** Such as "User Management: Read-write". */
export function scopeLabel(scope: string, t: Translator<"tokens">): string {
  const known = parts(scope);
  if (!known) return scope;
  return t("scope.withLevel", { resource: t(`scope.label.${known.resource}`), level: t(`scope.level.${known.level}`) });
}

/** Why a token can't be saved yet; null when it can. */
export function whyNot(name: string, scopes: string[], t: Translator<"tokens">): string | null {
  if (name.trim() === "") return t("nameMissing");
  return scopes.length === 0 ? t("scope.missing") : null;
}
