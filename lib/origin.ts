import { env } from "./env";

/**
 * Why an unsafe request is not from our own pages, or null (T23). Browsers send Origin with every unsafe request;
 * the configured base address is what counts, never the Host header, which a proxy or an attacker writes.
 */
export function whyForeign(headers: Headers): string | null {
  const origin = headers.get("origin");
  if (origin === null) return "The request has no Origin header.";
  return origin === new URL(env().MUSTER_URL).origin ? null : `The request comes from ${origin}, not from this site.`;
}
