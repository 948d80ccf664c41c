import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";

const dev = process.env.NODE_ENV === "development";

/** One nonce a request; without it no script and no style sheet runs (T30, T43). */
function policy(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ""}`,
    // Next's overlay writes styles without a nonce while developing.
    dev ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export function proxy(request: NextRequest): NextResponse {
  const nonce = randomBytes(16).toString("base64");
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("content-security-policy", policy(nonce)); // where Next itself looks for the nonce
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy(nonce));
  response.headers.set("cache-control", "no-store");
  return response;
}

/**
 * Pages only: routes count their bodies themselves, which a proxy would cut silently. Each name ends in a slash or where the path
 * does, so that no page is left out because it begins alike; what is left out has the policy of next.config.ts.
 */
export const config = {
  matcher: [
    "/((?!_next/|api/|scim/|\\.well-known/|livez$|readyz$|oauth/token$|oauth/introspect$|oauth/revoke$|favicon\\.ico$).*)",
  ],
};
