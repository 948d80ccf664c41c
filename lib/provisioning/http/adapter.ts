import { ScimError } from "@/lib/scim/error";

/** A request as a door hands it over: nothing of it was trusted or read yet. */
export type AdapterRequest = {
  method: string;
  /** What follows `/scim/v2`, as it was sent. */
  path: string;
  /** What follows the question mark, or "". */
  query: string;
  /** By lower-case name. */
  header: (name: string) => string | undefined;
  /** The client's address. */
  address: string;
  /** Reads the body; rejects with `tooLarge` beyond the limit. */
  readBody: (limit: number) => Promise<Uint8Array>;
};

/** An answer for a door to send; a body in pieces is made while it is sent. */
export type AdapterAnswer = { status: number; headers: Record<string, string>; body: string | Iterable<string> | null };

/** 413 */
export function tooLarge(limit: number): ScimError {
  return new ScimError(
    413,
    undefined,
    `The request is larger than ${limit} bytes. Send the changes in several requests.`,
  );
}
