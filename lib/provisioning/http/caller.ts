import type { Actor } from "@/lib/workspace/actor";

/** Who calls, and what the request log will tell of the call. */
export type Caller = {
  actor: Actor;
  /** What the call did, such as `user.added`; null while it did nothing. */
  effect: string | null;
  notes: string[];
};

/** Keeps what a use case says of its outcome, for the log; returns what it shows. */
export function tell<Shown>(caller: Caller, told: { effect: string; notes: string[]; shown: Shown }): Shown {
  caller.effect = told.effect === "none" ? null : told.effect;
  caller.notes.push(...told.notes);
  return told.shown;
}
