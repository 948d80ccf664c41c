import type { Actor } from "@/lib/workspace/actor";

/** Who calls, and what the request log will tell of the call. */
export type Caller = {
  actor: Actor;
  /** What the call did, such as `user.added`; null while it did nothing. */
  effect: string | null;
  notes: string[];
};

/** Keeps what a use case says of its outcome, for the log; returns what it shows. */
export function tell<Shown>(caller: Caller, outcome: { effect: string; notes: string[]; view: Shown }): Shown {
  caller.effect = outcome.effect === "none" ? null : outcome.effect;
  caller.notes.push(...outcome.notes);
  return outcome.view;
}
