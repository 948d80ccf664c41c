import { cutText } from "@/lib/text";

/** The key that decides equality of names and addresses: NFKC, then lower case, never the database's locale. */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** Letters that Unicode takes for whole ones, and people type without what is special about them. */
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

/** A text as searches compare it: without case and without accents, so that *soren* finds *Søren*. */
export function foldForSearch(text: string): string {
  const bare = text
    .normalize("NFKD")
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "");
  return bare.replace(/[øłđðþßæœħıŋŧ]/g, (letter) => plain[letter] ?? letter);
}

/** Characters of a search text: the longest name is longer than anybody types. */
const maxSearchText = 2_000;

/** What a search looks through: names, one to a line. */
export function searchTextOf(names: readonly string[]): string {
  const said = names.map((name) => name.trim()).filter((name) => name !== "");
  return cutText(foldForSearch([...new Set(said)].join("\n")), maxSearchText);
}

/** Words of a search that are looked for: nobody types more. */
const maxWords = 10;

/**
 * What a search compares search texts with by LIKE ALL, a pattern for each word, in whichever order a name has them (*Osei, Ada*); null
 * where nothing was typed. Blanks and commas part words; where there is nothing else, they are looked for themselves.
 */
export function patternsOf(search: string | undefined): string[] | null {
  const typed = search?.trim() ?? "";
  if (typed === "") return null;
  const words = typed.split(/[\s,]+/).filter((word) => word !== "");
  const sought = words.length === 0 ? [typed] : words.slice(0, maxWords);
  return sought.map((word) => containing(foldForSearch(word)));
}

/** A pattern for LIKE that finds a text anywhere, whatever characters are in it. */
export function containing(text: string): string {
  return `%${text.replace(/[%_\\]/g, "\\$&")}%`;
}
