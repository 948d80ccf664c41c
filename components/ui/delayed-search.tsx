"use client";

import { useEffect, useState } from "react";
import { SearchField } from "./search-field";

type Props = {
  label: string;
  placeholder: string;
  value: string;
  /** `isTyping`: a letter after the first one. */
  onChange: (search: string, isTyping: boolean) => void;
};

/** The id of a list's search field. */
export const listSearchId = "list-search";

/** Searches a quarter of a second after the last letter. The first letter is a step for Back; the others belong to it. */
export function DelayedSearch({ label, placeholder, value, onChange }: Props) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value); // Back, or a chip
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text, value !== "" && text !== ""), 250);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return <SearchField id={listSearchId} label={label} placeholder={placeholder} value={text} onChange={setText} />;
}
