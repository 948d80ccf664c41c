import { scopeResources } from "@/lib/api/access-tokens";

export type Level = "none" | "read" | "read-write";
/** The chosen level of each resource. */
export type Levels = Record<string, Level>;

export const levels: { value: Level; label: string }[] = [
  { value: "none", label: "None" },
  { value: "read", label: "Read" },
  { value: "read-write", label: "Read-write" },
];

export const presets: { label: string; levels: Levels }[] = [
  { label: "SCIM provisioning", levels: { user_management: "read-write" } },
  { label: "Read-only audit", levels: { audit_log: "read", user_management: "read" } },
];

export function toScopes(chosen: Levels): string[] {
  return scopeResources.flatMap(({ id }) => {
    const level = chosen[id] ?? "none";
    return level === "none" ? [] : [`${id}:${level}`];
  });
}

export function toLevels(scopes: string[]): Levels {
  return Object.fromEntries(scopes.map((scope) => scope.split(":") as [string, Level]));
}

const sentences: Record<string, Record<Exclude<Level, "none">, string>> = {
  user_management: { read: "see members and teams", "read-write": "add, change and remove members and teams" },
  domain: { read: "see domains", "read-write": "add and remove domains" },
  audit_log: { read: "read the audit log", "read-write": "read the audit log" },
  webhook: { read: "see webhooks", "read-write": "change webhooks" },
  workspace: { read: "see the workspace's settings", "read-write": "change the workspace's settings" },
};

/** A sentence that describes what a token with these scopes can do. */
export function summarise(scopes: readonly string[]): string {
  const parts = scopes.flatMap((scope) => {
    const [resource = "", level = ""] = scope.split(":");
    return sentences[resource]?.[level as "read"] ?? [];
  });
  if (parts.length === 0) return "It can do nothing yet: pick at least one scope.";
  return `It can ${new Intl.ListFormat("en").format(parts)}.`;
}

/** Whether a token with these scopes lets an identity provider write. */
export function isForProvisioning(scopes: readonly string[]): boolean {
  return scopes.includes("user_management:read-write");
}

/** Tells where to paste a new token, and what its scopes allow. */
export function revealText(scopes: readonly string[]): string {
  const where = isForProvisioning(scopes)
    ? "Paste it into your identity provider as the secret token."
    : "Store it where your program reads it.";
  return `${where} ${summarise(scopes)}`;
}

/** Such as "User Management: Read-write". */
export function scopeLabel(scope: string): string {
  const [resource, level] = scope.split(":");
  const name = scopeResources.find(({ id }) => id === resource)?.label ?? resource;
  return `${name}: ${level === "read" ? "Read" : "Read-write"}`;
}

/** Why a token can't be saved yet; null when it can. */
export function whyNot(name: string, scopes: string[]): string | null {
  if (name.trim() === "") return "Give the token a name.";
  return scopes.length === 0 ? "Pick at least one scope." : null;
}
