import type { Tone } from "@/components/ui/badge";
import type { ScimRequestRow } from "@/lib/api/provisioning";

const effects: Record<string, string> = {
  "user.added": "Member added",
  "user.invited": "Person invited",
  "user.adopted": "Member linked",
  "user.updated": "Member updated",
  "user.suspended": "Member suspended",
  "user.reactivated": "Member reactivated",
  "user.ended": "Member removed",
  "group.created": "Team created",
  "group.linked": "Team linked",
  "group.updated": "Team updated",
  "group.deleted": "Team deleted",
};

/** A request's path below the SCIM base URL with its query decoded, for display. */
export function readableAddress({ path, query }: Pick<ScimRequestRow, "path" | "query">): string {
  const below = path.replace(/^\/+scim\/+v2/i, "") || "/";
  return query ? `${below}?${decoded(query.replaceAll("+", " "))}` : below;
}

function decoded(query: string): string {
  try {
    return decodeURIComponent(query);
  } catch {
    return query; // invalid percent-encoding: shown as received
  }
}

/** A label for a request's effect. */
export function effectLabel({ effect, method, status }: Pick<ScimRequestRow, "effect" | "method" | "status">): string {
  if (effect) return effects[effect] ?? effect;
  if (status >= 400) return "Refused";
  return method === "GET" ? "Read" : "No change";
}

export function statusTone(status: number): Tone {
  if (status >= 500) return "bad";
  return status >= 400 ? "warn" : "neutral";
}
