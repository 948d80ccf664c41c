import { badRequest } from "@/lib/scim/error";
import { fold } from "@/lib/scim/text";

/** Bytes of a key: PostgreSQL indexes no text of more than a third of a page. */
const maxBytes = 2_000;

/** The key by which a name is unique. Throws 400 `invalidValue` for one that is too long, measured as it is kept: folding may lengthen it. */
export function uniqueKey(attribute: "userName" | "displayName", name: string): string {
  const key = fold(name);
  if (Buffer.byteLength(key) <= maxBytes) return key;
  throw badRequest(
    "invalidValue",
    `${attribute} is too long: it takes ${Buffer.byteLength(key)} bytes, and ${maxBytes} are possible. Map a shorter attribute.`,
  );
}
