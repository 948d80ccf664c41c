import type { Messages } from "use-intl";
import { z } from "zod";
import { parseAddress } from "@/lib/address";
import { cleanName, maxName, type Named } from "@/lib/name";

/*
 * A contract reports an invalid input by a key of the catalogue (`validation`), because it doesn't know the reader's language. Its message
 * is the key, followed by the limit if there is one. `inWords` translates it where the text is displayed or sent.
 */

type Key = keyof Messages["validation"];
type Words = { has: (key: Key) => boolean; (key: Key, values: { limit: number }): string };

/** The message of a contract. */
export function invalid(key: Key): string {
  return key;
}

function limited(key: Key, limit: unknown): string {
  return `${key}:${limit}`;
}

/** A name, which may be blank. The use cases clean and cut names by the same rule. */
export function nameInput(named: Named) {
  return z.string().overwrite(cleanName).trim().max(maxName[named]);
}

/** A name that can't be blank; `blank` says so. */
export function requiredName(named: Named, blank?: Key) {
  return nameInput(named).min(1, blank);
}

/** An email address, checked by the one grammar that all rules share. */
export const email = z
  .string()
  .trim()
  .refine((text) => parseAddress(text) !== null, invalid("email"));

/** Replaces zod's messages for values that are too long, too short, too large or too small. A contract's own message comes first. */
export const sizeErrors: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === "too_big") return limited(issue.origin === "string" ? "tooLong" : "tooLarge", issue.maximum);
  if (issue.code !== "too_small") return undefined; // falls back to zod's message
  if (issue.origin !== "string") return limited("tooSmall", issue.minimum);
  return issue.minimum === 1 ? invalid("required") : limited("tooShort", issue.minimum);
};

/** A contract's message as a text; any other message stays as it is. */
export function inWords(message: string, t: Words): string {
  const [, key, limit = "0"] = /^([a-zA-Z]+)(?::(-?[\d.]+))?$/.exec(message) ?? [];
  return key !== undefined && t.has(key as Key) ? t(key as Key, { limit: Number(limit) }) : message;
}
