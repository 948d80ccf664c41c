/** The key that decides equality of names and addresses: NFKC, then lower case, never the database's locale. */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** What a search is compared with by LIKE, or null where nothing was typed. */
export function patternOf(search: string | undefined): string | null {
  const typed = search?.trim() ?? "";
  return typed === "" ? null : `%${fold(typed).replace(/[%_\\]/g, "\\$&")}%`;
}
