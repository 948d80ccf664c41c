import type { CookiesOptions } from "next-auth";

/** Seconds an OpenID round trip may take. */
const tripSeconds = 900;

/**
 * The sign-in cookies. Over https each is `__Host-`: bound to this host, its root path and TLS, so no neighbouring subdomain can write one
 * (T23).
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
