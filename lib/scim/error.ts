/** RFC 7644 §3.12, table 9, and RFC 9865 §2.1 */
export type ScimType =
  | "invalidFilter"
  | "tooMany"
  | "uniqueness"
  | "mutability"
  | "invalidSyntax"
  | "invalidPath"
  | "noTarget"
  | "invalidValue"
  | "invalidVers"
  | "sensitive"
  | "invalidCursor"
  | "expiredCursor"
  | "invalidCount";

const urn = "urn:ietf:params:scim:api:messages:2.0:Error";

/** An error response. `detail` says what an administrator should do. */
export class ScimError extends Error {
  /** Modules are loaded twice in a process, so `instanceof` can't recognise our errors. */
  readonly kind = "scim-error";
  readonly status: number;
  readonly scimType: ScimType | undefined;
  readonly headers: Record<string, string>;

  constructor(status: number, scimType: ScimType | undefined, detail: string, headers: Record<string, string> = {}) {
    super(detail);
    this.status = status;
    this.scimType = scimType;
    this.headers = headers;
  }
}

export function isScimError(error: unknown): error is ScimError {
  return (error as { kind?: string } | null)?.kind === "scim-error";
}

/** 400 with a keyword of table 9. */
export function badRequest(scimType: ScimType, detail: string): ScimError {
  return new ScimError(400, scimType, detail);
}

/** 404 */
export function notFound(detail: string): ScimError {
  return new ScimError(404, undefined, detail);
}

/** The error in words. It ends with the request id, because the body has no field for it. */
export function detailOf({ message }: Pick<ScimError, "message">, requestId: string): string {
  return `${message} Request ID: ${requestId}`;
}

/**
 * The body of an error; `status` is a text (RFC 7644 §3.12). It contains only the standard's fields, because strict SDKs fail on others.
 */
export function errorBody(error: Pick<ScimError, "status" | "scimType" | "message">, requestId: string): object {
  const { status, scimType } = error;
  const detail = detailOf(error, requestId);
  return { schemas: [urn], status: String(status), ...(scimType && { scimType }), detail };
}
