import { badRequest } from "@/lib/scim/error";
import { fold, foldName } from "@/lib/scim/text";

/** Bytes of a key: PostgreSQL can't index a text longer than a third of a page. */
const maxBytes = 2_000;

/** The key that makes a name unique. Throws 400 `invalidValue` if it is too long after folding, which may lengthen it. */
export function uniqueKey(attribute: "userName" | "displayName", name: string): string {
  const bytes = Buffer.byteLength(fold(name));
  if (bytes <= maxBytes) return foldName(name);
  throw badRequest(
    "invalidValue",
    `${attribute} is too long: it takes ${bytes} bytes, and ${maxBytes} are possible. Map a shorter attribute.`,
  );
}
