/** An answer that is not a success, in the words of the server; status 0 when there was none. */
class RequestError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly requestId: string | undefined;

  constructor(status: number, problem: { code?: string; detail?: string; field?: string; requestId?: string }) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.field = problem.field;
    this.requestId = problem.requestId;
  }
}

/** Calls one of our own routes. Throws RequestError for anything but a success. */
export async function request<Answer>(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  input?: unknown,
): Promise<Answer> {
  const init: RequestInit = { method };
  if (input !== undefined) {
    init.body = JSON.stringify(input);
    init.headers = { "content-type": "application/json" };
  }
  const response = await fetch(path, init).catch(() => {
    throw new RequestError(0, { detail: "Muster can't be reached. Check your connection, then try again." });
  });
  const text = await response.text();
  const body = text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : null;
  if (!response.ok) throw new RequestError(response.status, body?.error ?? {});
  return body as Answer;
}
