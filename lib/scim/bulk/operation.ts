import type { ScimError } from "@/lib/scim/error";

/** One operation of a Bulk request as it was sent (RFC 7644 §3.7); `why` is the error in its form, or null. */
export type BulkOperation = {
  method: string;
  /** Below the base URL, such as `/Users` or `/Users/bulkId:ada`. */
  path: string;
  bulkId: string | null;
  version: string | null;
  data: unknown;
  why: ScimError | null;
};

/** The outcome of a single operation: its status, the resource's ETag and URL, and the body of an error. */
export type OperationAnswer = { status: number; etag: string | null; location: string | null; body: object | null };

/** A Bulk request as it was sent; `failOnErrors` null means that no number of errors stops it. */
export type Bulk = { operations: BulkOperation[]; failOnErrors: number | null };

/** Dependencies of a Bulk request: the service's public URL, the id of the request, and a function that runs one operation. */
export type BulkContext = { base: string; requestId: string; run: RunOperation };

/** Runs one operation like a request of its own; an error is returned as an answer. */
export type RunOperation = (operation: {
  method: string;
  path: string;
  data: unknown;
  ifMatch: string | null;
}) => Promise<OperationAnswer>;
