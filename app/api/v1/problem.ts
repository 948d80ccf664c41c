import { STATUS_CODES } from "node:http";
import { statusOf } from "@/app/api/problem";
import { notNow } from "@/lib/limits/not-now";
import { isRefusal } from "@/lib/workspace/refusal";

export type FieldError = { field: string; detail: string };

/** Ends a REST request with an error response (RFC 9457). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  readonly errors: FieldError[] | undefined;

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { headers?: Record<string, string>; errors?: FieldError[] } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.errors = more.errors;
  }
}

export function notThere(): ApiProblem {
  return new ApiProblem(404, "not_found", "There is no such path. GET /api/v1/openapi.json lists what there is.");
}

/** Converts an error to a problem: a refusal of the workspace, or a neutral 500. The log has its cause (T38). */
function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (isRefusal(error)) {
    const headers: Record<string, string> = error.reason === "mass_change_held" ? { "retry-after": "900" } : {};
    return new ApiProblem(statusOf[error.reason], error.reason, error.detail, { headers });
  }
  const later = notNow(error, "en");
  if (later) {
    const headers: Record<string, string> =
      later.retryAfter === null ? {} : { "retry-after": String(later.retryAfter) };
    return new ApiProblem(later.status, later.code, later.detail, { headers });
  }
  const detail =
    "Something went wrong on our side. Try again. If it happens again, give the request ID to your operator.";
  return new ApiProblem(500, "internal", detail);
}

export function answerProblem(error: unknown, requestId: string, headers: Record<string, string>): Response {
  const problem = problemOf(error);
  const body = {
    type: `urn:muster:problem:${problem.code}`,
    title: STATUS_CODES[problem.status] ?? "Problem",
    status: problem.status,
    detail: problem.message,
    requestId,
    ...(problem.errors && { errors: problem.errors }),
  };
  const all = { ...headers, "content-type": "application/problem+json", ...problem.headers };
  return new Response(JSON.stringify(body), { status: problem.status, headers: all });
}
