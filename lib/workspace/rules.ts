import { parseAddress } from "./text";
import type { Workspace } from "./transaction";

export type State = "invited" | "active" | "suspended" | "ended";
export type Role = "admin" | "member";

type Standing = { role: Role; state: State };

/** Why this membership must stay as it is, or null when it may be suspended, ended or demoted. */
export function whyKeepAdmin(membership: Standing, activeAdmins: number): "last_admin" | null {
  const isActiveAdmin = membership.role === "admin" && membership.state === "active";
  return isActiveAdmin && activeAdmins === 1 ? "last_admin" : null;
}

export function holdsSeat(state: State): boolean {
  return state === "invited" || state === "active";
}

/** What a new seat needs: nothing, one more on the limit, or there is none. */
export function decideSeat(workspace: Pick<Workspace, "seatLimit" | "automaticSeatAssignment">, used: number) {
  if (workspace.seatLimit === null || used < workspace.seatLimit) return "free" as const;
  return workspace.automaticSeatAssignment ? ("raise" as const) : ("none" as const);
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
