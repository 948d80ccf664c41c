/** What Entra's provisioning logs call a failed export. */
export type Code =
  | "BadRequest"
  | "Unauthorized"
  | "InsufficientRights"
  | "InvalidAnchor"
  | "MethodNotAllowed"
  | "EntryConflict"
  | "UnprocessableEntity"
  | "TooManyRequests"
  | "InternalServerError"
  | "NotImplemented"
  | "Timeout"
  | "NoConnection"
  | "Incompatible"
  | "DuplicateTargetEntries"
  | "DuplicateSourceEntries"
  | "MultipleEntriesInResponse";

const codes: Record<number, Code> = {
  401: "Unauthorized",
  403: "InsufficientRights",
  404: "InvalidAnchor",
  405: "MethodNotAllowed",
  409: "EntryConflict",
  422: "UnprocessableEntity",
  429: "TooManyRequests",
  501: "NotImplemented",
};

export function codeOf(status: number): Code {
  return codes[status] ?? (status >= 500 ? "InternalServerError" : "BadRequest");
}

/** A check that a server did not pass, or an answer that Entra can't use. */
export class CheckFailed extends Error {
  readonly code: Code;

  constructor(message: string, code: Code = "Incompatible") {
    super(message);
    this.code = code;
  }
}

/** One object that could not be provisioned; the cycle goes on. */
export type Failure = { object: string; code: Code; why: string };

export function failureOf(object: string, error: unknown): Failure {
  const why = error instanceof Error ? error.message : String(error);
  return { object, code: error instanceof CheckFailed ? error.code : "Incompatible", why };
}
