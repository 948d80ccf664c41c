/** The key that decides equality where case does not count: NFKC, then lower case (RFC 7644 §5). */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** Why no database or other client could take a text, or null: it holds U+0000, or half of a surrogate pair. */
export function whyUnstorable(text: string): string | null {
  if (text.includes("\u0000")) return "A text holds the character U+0000, which can't be stored.";
  const { isWellFormed } = text as string & { isWellFormed: () => boolean }; // ES2024, which Node 20 has and TypeScript's library here not
  return isWellFormed.call(text) ? null : "A text holds half of a surrogate pair.";
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
