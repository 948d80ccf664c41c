import { ScimError } from "@/lib/scim/error";

/** A request as an adapter passes it on: not read, and not trusted. */
export type AdapterRequest = {
  method: string;
  /** The path after `/scim/v2`, as it was sent. */
  path: string;
  /** The query after the question mark, or "". */
  query: string;
  /** By lower-case name. */
  header: (name: string) => string | undefined;
  /** The client's IP address. */
  address: string;
  /** Reads the body; rejects with `tooLarge` beyond the limit. */
  readBody: (limit: number) => Promise<Uint8Array>;
};

/** An answer for an adapter to send; the pieces of a body are created while it is sent. */
export type AdapterAnswer = { status: number; headers: Record<string, string>; body: string | Iterable<string> | null };

/** 413 */
export function tooLarge(limit: number): ScimError {
  return new ScimError(
    413,
    undefined,
    `The request is larger than ${limit} bytes. Send the changes in several requests.`,
  );
}
