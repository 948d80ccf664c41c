import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/*
 * Collects the garbage of large answers. V8 collects long-lived garbage only when the heap has about doubled, and pages of many megabytes
 * are exactly that: a process of 220 MB grew to 500 after fifty of them, though each was garbage once it was sent.
 */

/** Characters of large answers after which garbage is collected: about eight full pages, each of which takes longer than a collection. */
const collectAfter = 67_108_864;

const here = globalThis as { musterLargeAnswers?: { sent: number; collect: (() => void) | null } };
here.musterLargeAnswers ??= { sent: 0, collect: null };
const answers = here.musterLargeAnswers;

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** Characters from which a text is worth counting. */
const large = 262_144;

/** Counts a text that was built from parts, which take several times its size. */
export function noteText(text: string): void {
  if (text.length > large) note(4 * text.length);
}

function note(length: number): void {
  answers.sent += length;
  if (answers.sent < collectAfter) return;
  answers.sent = 0;
  answers.collect ??= collector();
  setImmediate(answers.collect);
}

/** Counts the pieces of a large answer once they are sent, or given up. */
export function* counted(pieces: Iterable<string>): Iterable<string> {
  let length = 0;
  try {
    for (const piece of pieces) {
      length += piece.length;
      yield piece;
    }
  } finally {
    note(length);
  }
}
