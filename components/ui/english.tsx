import type { ReactNode } from "react";

/** A text that a protocol or another program said in English, whatever the reader's language: a tag of a text in the catalogue. */
export function asEnglish(text: ReactNode): ReactNode {
  return <span lang="en">{text}</span>;
}
