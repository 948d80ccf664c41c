/** A reason that the operator can act on; printed as one line. */
export class StartError extends Error {}

/** What the system or the database calls an error: ENOENT, 57P03. Empty where it has no code. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : "";
}

/** What went wrong in a few words: the code where there is one, else the message. */
export function reasonOf(error: unknown): string {
  return codeOf(error) || (error instanceof Error ? error.message : String(error));
}
