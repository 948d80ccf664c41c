import { env } from "@/lib/env";

/** The address that a text leads to from our pages, when it stays on this very site; else null. */
function resolved(target: string): URL | null {
  if (/[\\\p{Cc}]/u.test(target)) return null;
  const base = new URL(env().MUSTER_URL);
  if (!URL.canParse(target, base)) return null;
  const url = new URL(target, base);
  return url.origin === base.origin ? url : null;
}

/** Whether a text leads to a page of ours. */
export function isOurs(target: string): boolean {
  return resolved(target) !== null;
}

/**
 * Where to go after signing in: a path of our own, or "/" (T25). An absolute address of this very site is brought to its path;
 * whatever a browser could read as another host is not followed.
 */
export function safePath(target: string | undefined): string {
  const url = target === undefined ? null : resolved(target);
  return url ? `${url.pathname}${url.search}`.replace(/^\/{2,}/, "/") : "/";
}
