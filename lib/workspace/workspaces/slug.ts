/** First path segments that Muster uses or will use. */
const reserved = new Set(
  "account admin assets auth favicon health healthz help icons invite login logout metrics new settings setup sign-in sign-out signin signout static status webhooks".split(
    " ",
  ),
);

/** Prefixes that a proxy or product rule may match. No workspace slug may begin with one. */
const beginnings = ["livez", "readyz", "oauth", "api", "scim", "dev"];

/** Why a text can't be the slug of a new workspace, or null. Existing workspaces keep their slugs. */
export function whyNotSlug(slug: string): string | null {
  if (!/^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$/.test(slug)) return "Use up to 48 lowercase letters, numbers and hyphens.";
  const beginning = beginnings.find((one) => slug.startsWith(one));
  if (beginning !== undefined) return `Muster's own addresses begin with ${beginning}. Choose one that doesn't.`;
  return reserved.has(slug) ? "It is one of Muster's own pages. Choose another one." : null;
}
