import { type Because, because } from "@/lib/workspace/refusal";

/** First path segments that Muster uses or will use. */
const reserved = new Set(
  "account admin assets auth favicon health healthz help icons invite login logout metrics new settings setup sign-in sign-out signin signout static status webhooks".split(
    " ",
  ),
);

/** Prefixes that a proxy or product rule may match. No workspace slug may begin with one. */
const beginnings = ["livez", "readyz", "oauth", "api", "scim", "dev"];

/** Why a text can't be the slug of a new workspace, or null. Existing workspaces keep their slugs. */
export function whyNotSlug(slug: string): Because | null {
  if (!/^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$/.test(slug)) return because("slugCharacters");
  const beginning = beginnings.find((one) => slug.startsWith(one));
  if (beginning !== undefined) return because("slugBeginning", { beginning });
  return reserved.has(slug) ? because("slugReserved") : null;
}
