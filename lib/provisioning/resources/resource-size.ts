import { ScimError } from "@/lib/scim/error";
import type { Values } from "@/lib/scim/schema/schema";

/**
 * Bytes of the attributes of a person or a group: as much as one body can hold. Without it, many changes could build up a resource of any
 * size.
 */
const maxBytes = 1_048_576;

/** Rejects attributes that grow beyond the limit; a resource that is already too large may shrink. Throws 413 `tooMany`. */
export function checkSize(what: "person" | "group", after: Values, before: Values | null): void {
  const size = sizeOf(after);
  if (size <= maxBytes || (before !== null && size <= sizeOf(before))) return;
  throw new ScimError(413, "tooMany", `A ${what} holds ${maxBytes} bytes at most; this one would hold ${size}.`);
}

/** The state doesn't count, so that anybody can be suspended, however large they are. */
function sizeOf({ active: _active, ...attributes }: Values): number {
  return Buffer.byteLength(JSON.stringify(attributes));
}
