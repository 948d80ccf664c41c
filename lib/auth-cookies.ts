import type { CookiesOptions } from "next-auth";

/** OpenID round trips must come back within this. */
const tripSeconds = 900;

/**
 * The cookies of signing in. Over https each is `__Host-`: bound to this host, its root and TLS, so that no neighbouring
 * subdomain can write one (T23).
 */
export function authCookies(isSecure: boolean) {
  const named = (name: string, maxAge?: number) => ({
    name: `${isSecure ? "__Host-" : ""}next-auth.${name}`,
    options: { httpOnly: true, sameSite: "lax", path: "/", secure: isSecure, ...(maxAge !== undefined && { maxAge }) },
  });
  return {
    sessionToken: named("session-token"),
    callbackUrl: named("callback-url"),
    csrfToken: named("csrf-token"),
    pkceCodeVerifier: named("pkce.code_verifier", tripSeconds),
    state: named("state", tripSeconds),
    nonce: named("nonce"),
  } satisfies CookiesOptions;
}
