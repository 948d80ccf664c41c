import { parseAddress } from "@/lib/address";

export type State = "invited" | "active" | "suspended" | "ended";

export type Role = "admin" | "member";

type Standing = { role: Role; state: State; address: string | null };

/** Why this membership must stay as it is, or null when it may be suspended, ended or demoted. Without an address nobody counts. */
export function whyKeepAdmin({ role, state, address }: Standing, otherAdmins: number): "last_admin" | null {
  const isCounted = role === "admin" && state === "active" && address !== null;
  return isCounted && otherAdmins === 0 ? "last_admin" : null;
}

export function holdsSeat(state: State): boolean {
  return state === "invited" || state === "active";
}

/**
 * The role that the sources of an identity provider give: what it said itself, and the mapped teams. Admin wins. Sources that
 * were there and are gone leave a member; where none ever was, the role stays (D-40, D-41, D-42).
 */
export function decideRole(sources: readonly (Role | null)[], hadSource: boolean, current: Role): Role {
  const spoken = sources.filter((role) => role !== null);
  if (spoken.length === 0) return hadSource ? "member" : current;
  return spoken.includes("admin") ? "admin" : "member";
}

/** Whether the app must leave a person or team alone: somebody manages it, and no admin has opened an override. */
export function isLocked(row: { connectionId: string | null; overrideUntil: Date | null }, now: Date): boolean {
  return row.connectionId !== null && (row.overrideUntil === null || row.overrideUntil <= now);
}

/** The login address of a person: where it was found, and whether its domain is verified here. */
export type LoginAddress = { address: string; domain: string; verified: boolean };

/**
 * The first of the candidates (userName, primary e-mail, work e-mail) whose domain is verified here;
 * else the first of them that is an address; else null: the person waits for one.
 */
export function decideLoginAddress(candidates: string[], verified: ReadonlySet<string>): LoginAddress | null {
  const addresses = candidates.map(parseAddress).filter((found) => found !== null);
  const best = addresses.find(({ domain }) => verified.has(domain)) ?? addresses[0];
  return best ? { ...best, verified: verified.has(best.domain) } : null;
}

/** A deleted user's name as Entra writes it: 32 hex digits before the old address. */
export function isTombstone(userName: string): boolean {
  return /^[0-9a-f]{32}[^@]+@/i.test(userName);
}
