// What is kept or sent of a text that came from elsewhere. Half of a surrogate pair, and U+0000, is no text to PostgreSQL's JSON nor to a
// strict reader: one of them would take its whole batch or answer with it.

/** The first `most` characters (UTF-16 units), one fewer where the cut would part a surrogate pair. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const isParted = /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(most));
  return text.slice(0, isParted ? most - 1 : most);
}

/** A text that everything takes: what is no character becomes U+FFFD. */
export function storable(text: string): string {
  const { toWellFormed } = text as string & { toWellFormed: () => string }; // ES2024, which Node 20 has and TypeScript's library here not
  return toWellFormed.call(text).replaceAll("\u0000", "\uFFFD");
}

/** JSON that PostgreSQL takes, of whatever texts are in a value. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!/\\u(?:d[89a-f]|0000)/i.test(json)) return json;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? storable(part) : part));
}
