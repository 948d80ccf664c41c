import type { Actor } from "@/lib/workspace/actor";

/** The actor of a call, and the outcome to record in the request log. */
export type Caller = {
  actor: Actor;
  /** The call's effect, such as `user.added`; null until it has one. */
  effect: string | null;
  notes: string[];
};

/** Records the outcome of a use case for the log; returns its view. */
export function noteOutcome<View>(caller: Caller, outcome: { effect: string; notes: string[]; view: View }): View {
  caller.effect = outcome.effect === "none" ? null : outcome.effect;
  caller.notes.push(...outcome.notes);
  return outcome.view;
}
