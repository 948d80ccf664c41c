import { env } from "@/lib/env";

/**
 * Why an unsafe request is not from our own pages, or null (T23). Browsers send Origin with every unsafe request. It is compared with the
 * configured base URL, never with the Host header, which a proxy or an attacker can set.
 */
export function whyForeign(headers: Headers): string | null {
  const origin = headers.get("origin");
  if (origin === null) return "The request has no Origin header.";
  const base = env().MUSTER_URL;
  if (origin === base) return null;
  return `This page is not from this site: it was opened at ${origin}, but Muster runs at ${base}. Open it there, or set MUSTER_URL.`;
}
