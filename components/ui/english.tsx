import type { ReactNode } from "react";

/** English text from a protocol or another program, whatever language the page is in. Use it as a tag of a catalogue text. */
export function asEnglish(text: ReactNode): ReactNode {
  return <span lang="en">{text}</span>;
}
