import { cutText } from "@/lib/text";

/** The key that decides whether names and email addresses are equal: NFKC, then lower case, never the database's locale. */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** Letters that Unicode doesn't decompose but people type in plain form. */
const plain: Readonly<Record<string, string>> = {
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ħ: "h",
  ı: "i",
  ŋ: "n",
  ŧ: "t",
};

/** A text folded for search: without case and accents, so that *soren* finds *Søren*. */
export function foldForSearch(text: string): string {
  const bare = text
    .normalize("NFKD")
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "");
  return bare.replace(/[øłđðþßæœħıŋŧ]/g, (letter) => plain[letter] ?? letter);
}

/** Maximum length of a search text, in characters. Nobody types a longer name. */
const maxSearchText = 2_000;

/** The text that a search matches: names, one per line. */
export function searchTextOf(names: readonly string[]): string {
  const filled = names.map((name) => name.trim()).filter((name) => name !== "");
  return cutText(foldForSearch([...new Set(filled)].join("\n")), maxSearchText);
}

/** Maximum number of words that a search uses. Nobody types more. */
const maxWords = 10;

/**
 * Patterns for LIKE ALL on search texts, one per word, so that a name's words match in any order (*Osei, Ada*); null when nothing was
 * typed. Blanks and commas separate words; a search of nothing else looks for them literally.
 */
export function patternsOf(search: string | undefined): string[] | null {
  const typed = search?.trim() ?? "";
  if (typed === "") return null;
  const words = typed.split(/[\s,]+/).filter((word) => word !== "");
  const sought = words.length === 0 ? [typed] : words.slice(0, maxWords);
  return sought.map((word) => containing(foldForSearch(word)));
}

/** A LIKE pattern that finds a text anywhere, with its special characters escaped. */
export function containing(text: string): string {
  return `%${text.replace(/[%_\\]/g, "\\$&")}%`;
}
