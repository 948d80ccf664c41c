import type { Tone } from "@/components/ui/badge";
import type { ScimRequestRow } from "@/lib/api/provisioning";
import type { Translator } from "@/lib/messages/room";

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

type Effect = Pick<ScimRequestRow, "effect" | "method" | "status">;

/** A label for a request's effect. */
export function effectLabel({ effect, method, status }: Effect, t: Translator<"provisioning">): string {
  const key = `effect.${effect?.replace(".", "_")}` as "effect.user_added";
  if (effect) return t.has(key) ? t(key) : effect;
  if (status >= 400) return t("effect.refused");
  return t(method === "GET" ? "effect.read" : "effect.none");
}

export function statusTone(status: number): Tone {
  if (status >= 500) return "bad";
  return status >= 400 ? "warn" : "neutral";
}
