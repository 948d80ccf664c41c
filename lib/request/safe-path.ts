import { env } from "@/lib/env";

/** The URL that a target resolves to from our pages if it stays on this site; else null. */
function resolved(target: string): URL | null {
  if (/[\\\p{Cc}]/u.test(target)) return null;
  const base = new URL(env().MUSTER_URL);
  if (!URL.canParse(target, base)) return null;
  const url = new URL(target, base);
  return url.origin === base.origin ? url : null;
}

/** Whether a target is a page on this site. */
export function isOurs(target: string): boolean {
  return resolved(target) !== null;
}

/**
 * Where to go after signing in: a path on this site, or "/" (T25). An absolute URL of this site becomes its path; anything a browser could
 * read as another host is ignored.
 */
export function safePath(target: string | undefined): string {
  const url = target === undefined ? null : resolved(target);
  return url ? `${url.pathname}${url.search}`.replace(/^\/{2,}/, "/") : "/";
}
