import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/*
 * What large answers leave behind. V8 collects long-lived garbage when the heap has about doubled, and pages of many megabytes are
 * that: a process of 220 MB held 500 after fifty of them, though each was gone when it was sent.
 */

/** Characters of large answers after which what they have left is collected: some eight full pages, each slower than that is. */
const collectAfter = 67_108_864;

const here = globalThis as { musterLargeAnswers?: { sent: number; collect: (() => void) | null } };
here.musterLargeAnswers ??= { sent: 0, collect: null };
const answers = here.musterLargeAnswers;

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** Characters of a text that is worth counting. */
const large = 262_144;

/** Counts a text that was put together: what it was made of takes several times its room. */
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

/** The pieces of a large answer, counted once they are sent, or given up. */
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
