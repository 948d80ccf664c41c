// Checks the request line before Next and next-auth see it, because both answer some malformed ones with a redirect or a 500.

export type Nonsense = { status: 400 | 405; detail: string; allow?: string };

/** Paths with routes that check methods themselves. Everything else is a page, and pages are only read. */
const routes = /^\/(api|oauth|scim)\//;
const routeMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const pageMethods = new Set(["GET", "HEAD"]);

const bad = (detail: string): Nonsense => ({ status: 400, detail });

/** The path with its escapes decoded, or null if one of them is broken. */
function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/**
 * A path must not contain control characters, backslashes or dot segments, escaped or not; a query must not contain NUL, which no database
 * stores.
 */
function whyNotPath(path: string, query: string): Nonsense | null {
  const text = decoded(path);
  if (text === null) return bad("The address holds a percent sign that starts no escape. Check the link.");
  if (/[\p{Cc}\\]|(^|\/)\.{1,2}(\/|$)/u.test(text))
    return bad("The address holds characters that no page has. Check the link.");
  return /%00/.test(query) ? bad("The address holds a character that can't be stored. Check the link.") : null;
}

/** Why a request line can't be answered, or null. Only the origin form is supported (RFC 9112 §3.2). */
export function whyNonsense(method: string, target: string): Nonsense | null {
  if (!target.startsWith("/")) return bad("Ask for a path on this server, such as /sign-in.");
  const [path = "", ...rest] = target.split("?");
  const nonsense = whyNotPath(path, rest.join("?"));
  if (nonsense) return nonsense;
  const methods = routes.test(path) ? routeMethods : pageMethods;
  const allow = [...methods].join(", ");
  return methods.has(method) ? null : { status: 405, detail: `Allowed here: ${allow}.`, allow };
}
