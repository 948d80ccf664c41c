/** The key that decides equality where case does not count: NFKC, then lower case (RFC 7644 §5). */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** The key that decides equality of names that are unique: blanks around them do not count either. */
export function foldName(text: string): string {
  return fold(text.trim());
}

/** The first `most` characters (UTF-16 units), one fewer where the cut would part a surrogate pair: errors quote what clients sent. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const isParted = /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(most));
  return text.slice(0, isParted ? most - 1 : most);
}

/** Why no database or other client could take a text, or null: `subject` holds U+0000, or half of a surrogate pair. */
export function whyUnstorable(text: string, subject = "A text"): string | null {
  if (text.includes("\u0000")) return `${subject} holds the character U+0000, which can't be stored.`;
  const { isWellFormed } = text as string & { isWellFormed: () => boolean }; // ES2024, which Node 20 has and TypeScript's library here not
  if (isWellFormed.call(text)) return null;
  const half = [...text].find((char) => /^\p{Cs}$/u.test(char)) ?? "";
  return `${subject} holds half of a surrogate pair (${codePointOf(half)}), which can't be stored.`;
}

/** A character in the notation of Unicode: U+200B. */
function codePointOf(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * Why a name that people are told apart by can't be one: it holds a character that nobody sees, such as the zero width space that
 * spreadsheets leave behind, and would be another name that looks the same. Null when it can.
 */
export function whyInvisible(text: string, subject: string): string | null {
  const hidden = /\p{Cf}/u.exec(text)?.[0];
  return hidden === undefined
    ? null
    : `${subject} holds the character ${codePointOf(hidden)}, which can't be seen. Remove it in your identity provider.`;
}

/** Compares by code point, as `COLLATE "C"` does; JavaScript's `<` compares UTF-16 units and differs beyond U+FFFF. */
export function compareCodePoints(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** An instant as UTC text of fixed width, so that texts compare as times do; null when it is no date-time (RFC 7643 §2.3.5). */
export function instant(text: string): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/i.exec(text);
  if (!parts || !isDay(Number(parts[1]), Number(parts[2]), Number(parts[3]))) return null;
  const time = new Date(parts[6] === undefined ? `${text}Z` : text);
  const year = time.getUTCFullYear();
  return year >= 1 && year <= 9999 ? time.toISOString() : null; // NaN is neither
}

/** JavaScript reads the 30th of February as the 2nd of March. */
function isDay(year: number, month: number, day: number): boolean {
  const read = new Date(Date.UTC(year, month - 1, day));
  return year < 100 || (read.getUTCMonth() === month - 1 && read.getUTCDate() === day);
}
