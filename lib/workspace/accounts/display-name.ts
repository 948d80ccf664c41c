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
 * What a person is called: the first that is not blank of displayName, formatted, given and family name (D-51); null when all are.
 * Statements ask `muster_display_name` of the database for the same.
 */
export function displayNameOf({ attributes, givenName, familyName }: Named): string | null {
  const formatted = textAt(attributes.name, "formatted");
  return textAt(attributes, "displayName") || formatted || seen(`${givenName} ${familyName}`) || null;
}
