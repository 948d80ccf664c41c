// Cleans text from elsewhere before it is stored or sent. PostgreSQL's JSON and strict parsers reject half a surrogate pair and U+0000, and
// one of them would fail its whole batch or response.

/** The first `most` characters (UTF-16 units), one fewer if the cut would split a surrogate pair. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const isParted = /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(most));
  return text.slice(0, isParted ? most - 1 : most);
}

/** Text that can be stored anywhere: invalid characters become U+FFFD. */
export function storable(text: string): string {
  const { toWellFormed } = text as string & { toWellFormed: () => string }; // ES2024, which Node 20 has but our TypeScript `lib` doesn't
  return toWellFormed.call(text).replaceAll("\u0000", "\uFFFD");
}

/** JSON that PostgreSQL accepts, whatever text the value contains. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!/\\u(?:d[89a-f]|0000)/i.test(json)) return json;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? storable(part) : part));
}
