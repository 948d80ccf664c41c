/** The key for comparing texts when case doesn't matter: NFKC, then lower case (RFC 7644 §5). */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** The key for comparing unique names: surrounding blanks don't matter either. */
export function foldName(text: string): string {
  return fold(text.trim());
}

/** The first `most` characters (UTF-16 units), one fewer if the cut would split a surrogate pair: errors quote what clients sent. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const isParted = /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(most));
  return text.slice(0, isParted ? most - 1 : most);
}

/** Why a text can't be stored or sent to other clients, or null: it contains U+0000, or half of a surrogate pair. */
export function whyUnstorable(text: string, subject = "A text"): string | null {
  if (text.includes("\u0000")) return `${subject} holds the character U+0000, which can't be stored.`;
  const { isWellFormed } = text as string & { isWellFormed: () => boolean }; // ES2024, which Node 20 has but our TypeScript `lib` doesn't
  if (isWellFormed.call(text)) return null;
  const half = [...text].find((char) => /^\p{Cs}$/u.test(char)) ?? "";
  return `${subject} holds half of a surrogate pair (${codePointOf(half)}), which can't be stored.`;
}

/** A character in Unicode notation: U+200B. */
function codePointOf(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * Why a text can't be a unique name, or null: it contains an invisible character, such as the zero width space that spreadsheets leave
 * behind, and would look the same as another name.
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

/** An instant as UTC text of fixed width, so that texts sort like times; null if it is not a date-time (RFC 7643 §2.3.5). */
export function instant(text: string): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/i.exec(text);
  if (!parts || !isDay(Number(parts[1]), Number(parts[2]), Number(parts[3]))) return null;
  const time = new Date(parts[6] === undefined ? `${text}Z` : text);
  const year = time.getUTCFullYear();
  return year >= 1 && year <= 9999 ? time.toISOString() : null; // also false for NaN
}

/** JavaScript reads 30 February as 2 March. */
function isDay(year: number, month: number, day: number): boolean {
  const read = new Date(Date.UTC(year, month - 1, day));
  return year < 100 || (read.getUTCMonth() === month - 1 && read.getUTCDate() === day);
}
