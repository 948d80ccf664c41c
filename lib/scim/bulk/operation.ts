import type { ScimError } from "@/lib/scim/error";

/** One operation of a Bulk as it was sent (RFC 7644 §3.7); `why` says what is wrong with its form, or is null. */
export type BulkOperation = {
  method: string;
  /** Below the base, such as `/Users` or `/Users/bulkId:ada`. */
  path: string;
  bulkId: string | null;
  version: string | null;
  data: unknown;
  why: ScimError | null;
};

/** What a single operation answers: its status, the tag and address of what it was about, and an error's body. */
export type OperationAnswer = { status: number; etag: string | null; location: string | null; body: object | null };

/** A Bulk as it was sent; `failOnErrors` null means that no number of errors stops it. */
export type Bulk = { operations: BulkOperation[]; failOnErrors: number | null };

/** What a Bulk runs in: the public address of the service, the id of the request, and how one operation is run. */
export type BulkContext = { base: string; requestId: string; run: RunOperation };

/** Runs one operation as if it had come alone; what is refused is an answer, too. */
export type RunOperation = (operation: {
  method: string;
  path: string;
  data: unknown;
  ifMatch: string | null;
}) => Promise<OperationAnswer>;
