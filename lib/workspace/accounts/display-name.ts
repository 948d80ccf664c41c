import { isBlankName } from "@/lib/name";
import type { Membership } from "@/lib/workspace/membership/row";

type Named = Pick<Membership, "attributes" | "givenName" | "familyName">;

function seen(text: string): string {
  return isBlankName(text) ? "" : text.trim();
}

function textAt(holder: unknown, name: string): string {
  const value = typeof holder === "object" && holder !== null ? (holder as Record<string, unknown>)[name] : null;
  return typeof value === "string" ? seen(value) : "";
}

/**
 * A person's display name: the first non-blank one of displayName, formatted, given and family name (D-51); null when all are blank. SQL
 * statements use the database function `muster_display_name` for the same rule.
 */
export function displayNameOf({ attributes, givenName, familyName }: Named): string | null {
  const formatted = textAt(attributes.name, "formatted");
  return textAt(attributes, "displayName") || formatted || seen(`${givenName} ${familyName}`) || null;
}
