import type { Code } from "./failure";

/** A failed operation that waits for its next try; without one it was given up. */
export type Escrow = { firstFail: number; nextTry: number | null; code: Code };

export type Quarantine = { since: number; lastTry: number; reason: "credentials" | "incompatible" | "escrow" };

const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** The next cycle begins this long after the last one. */
export const interval = 40 * minute;

/** 6, 12 and 24 hours after the first failure, then daily, for 28 days. */
const tries = [6 * hour, 12 * hour, ...Array.from({ length: 28 }, (_, index) => (index + 1) * day)];

/** Where an object stands after it failed once more. */
export function afterFailure(known: Escrow | undefined, code: Code, now: number): Escrow {
  const firstFail = known?.firstFail ?? now;
  const next = tries.find((after) => firstFail + after > now);
  return { firstFail, nextTry: next === undefined ? null : firstFail + next, code };
}

export function isDue(escrow: Escrow | undefined, now: number): boolean {
  return escrow === undefined || (escrow.nextTry !== null && escrow.nextTry <= now);
}

/** A request that could not be sent at all is not parked: the next cycle tries it again. */
export function isParked(code: Code): boolean {
  return code !== "NoConnection";
}

/** Why a job in quarantine sends nothing now: once a day is enough, and after four weeks it is over. */
export function whyRest(quarantine: Quarantine | undefined, now: number): "quarantined" | "disabled" | null {
  if (!quarantine) return null;
  if (now - quarantine.since > 28 * day) return "disabled";
  return now - quarantine.lastTry < day ? "quarantined" : null;
}

/** A cycle in counts: objects it touched, and those that failed, with references apart. */
type Tally = { events: number; failures: number; references: number };

/** Whether a cycle failed so often that the job is put into quarantine. */
export function isHopeless({ events, failures, references }: Tally): boolean {
  const own = failures - references;
  return (own >= 5_000 && own > events * 0.4) || own > 40_000 || failures >= 60_000;
}

/** What a failed probe puts a job into quarantine for, at once; a server that can't be had is only tried again. */
export function quarantineReason(code: Code): Quarantine["reason"] | null {
  if (code === "Unauthorized" || code === "InsufficientRights") return "credentials";
  const isAway = ["NoConnection", "Timeout", "InternalServerError", "TooManyRequests"].includes(code);
  return isAway ? null : "incompatible";
}
