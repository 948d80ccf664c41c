import { parseAddress } from "@/lib/address";
import type { MembershipState, Role } from "@/lib/db";

type Standing = { role: Role; state: MembershipState; address: string | null };

/**
 * Why this membership must stay as it is, or null when it may be suspended, ended or demoted. Admins without an email address don't count.
 */
export function whyKeepAdmin({ role, state, address }: Standing, otherAdmins: number): "last_admin" | null {
  const isCounted = role === "admin" && state === "active" && address !== null;
  return isCounted && otherAdmins === 0 ? "last_admin" : null;
}

export function holdsSeat(state: MembershipState): boolean {
  return state === "invited" || state === "active";
}

/**
 * The role from an identity provider's sources: the role it sent and the mapped teams. Admin wins. When all former sources are gone the
 * person becomes a member; when there never was one, the role stays (D-40, D-41, D-42).
 */
export function decideRole(sources: readonly (Role | null)[], hadSource: boolean, current: Role): Role {
  const named = sources.filter((role) => role !== null);
  if (named.length === 0) return hadSource ? "member" : current;
  return named.includes("admin") ? "admin" : "member";
}

/** Whether the app must not change a person or team: it is managed, and no override is open. */
export function isLocked(row: { connectionId: string | null; overrideUntil: Date | null }, now: Date): boolean {
  return row.connectionId !== null && (row.overrideUntil === null || row.overrideUntil <= now);
}

/** A person's login address and domain, and whether that domain is verified here. */
export type LoginAddress = { address: string; domain: string; verified: boolean };

/**
 * The first candidate (userName, primary email, work email) with a domain that is verified here; otherwise the first valid email address.
 * Null means that the person waits for one.
 */
export function decideLoginAddress(candidates: string[], verified: ReadonlySet<string>): LoginAddress | null {
  const addresses = candidates.map(parseAddress).filter((found) => found !== null);
  const best = addresses.find(({ domain }) => verified.has(domain)) ?? addresses[0];
  return best ? { ...best, verified: verified.has(best.domain) } : null;
}

/** A deleted user's name as Entra writes it: 32 hex digits before the old email address. */
export function isTombstone(userName: string): boolean {
  return /^[0-9a-f]{32}[^@]+@/i.test(userName);
}
