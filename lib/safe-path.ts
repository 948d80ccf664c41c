import { env } from "./env";

/**
 * Where to go after signing in: a path of our own, or "/" (T25). An absolute address of this very site is brought to its path;
 * whatever a browser could read as another host is not followed.
 */
export function safePath(target: string | undefined): string {
  const base = new URL(env().MUSTER_URL);
  if (target === undefined || /[\\\p{Cc}]/u.test(target)) return "/";
  try {
    const url = new URL(target, base);
    return url.origin === base.origin ? `${url.pathname}${url.search}`.replace(/^\/{2,}/, "/") : "/";
  } catch {
    return "/"; // not an address at all
  }
}
