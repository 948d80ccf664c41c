import { ScimError } from "@/lib/scim/error";
import type { Values } from "@/lib/scim/schema/schema";

/** Bytes of the attributes of a person or a group: what one body can hold. Many changes could otherwise make one of any size. */
const maxBytes = 1_048_576;

/** Refuses attributes that grow beyond what is possible; what is too large already may become smaller. Throws 413 `tooMany`. */
export function checkSize(what: "person" | "group", after: Values, before: Values | null): void {
  const size = sizeOf(after);
  if (size <= maxBytes || (before !== null && size <= sizeOf(before))) return;
  throw new ScimError(413, "tooMany", `A ${what} holds ${maxBytes} bytes at most; this one would hold ${size}.`);
}

/** The state takes no room: whoever leaves can be suspended, however large they are. */
function sizeOf({ active: _active, ...attributes }: Values): number {
  return Buffer.byteLength(JSON.stringify(attributes));
}
