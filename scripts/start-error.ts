/** A reason that the operator can act on; printed as one line. */
export class StartError extends Error {}

/** The system's or the database's code for an error: ENOENT, 57P03. Empty if it has none. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : "";
}

/** An error in a few words: its code if there is one, else its message. */
export function reasonOf(error: unknown): string {
  return codeOf(error) || (error instanceof Error ? error.message : String(error));
}
