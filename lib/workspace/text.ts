/** The key that decides equality of names and addresses: NFKC, then lower case, never the database's locale. */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
