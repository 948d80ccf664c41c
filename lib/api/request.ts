import network from "@/messages/en/network.json" with { type: "json" };

/** An unsuccessful response, with the server's message. Status 0 means no response: `code` says why, and ErrorNote has the text. */
class RequestError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly requestId: string | undefined;

  constructor(status: number, problem: { code?: string; detail?: string; field?: string; requestId?: string }) {
    super(problem.detail ?? String(status));
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.field = problem.field;
    this.requestId = problem.requestId;
  }
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The last change requested, while it is under way and shortly after it succeeds. */
let last: { key: string; answer: Promise<unknown> } | null = null;

/** Milliseconds in which an identical change counts as a double click. */
const doubleClick = 500;

/**
 * Calls one of our own routes. An identical change requested twice in a row, as by a double click, is sent once. Throws RequestError for
 * anything but success.
 */
export function request<Answer>(method: Method, path: string, input?: unknown): Promise<Answer> {
  if (method === "GET") return send<Answer>(method, path, input);
  const key = `${method} ${path} ${JSON.stringify(input)}`;
  if (last?.key === key) return last.answer as Promise<Answer>;
  const answer = send<Answer>(method, path, input);
  const sent = { key, answer };
  const forget = () => {
    if (last === sent) last = null;
  };
  last = sent;
  answer.then(() => setTimeout(forget, doubleClick), forget);
  return answer;
}

function isOffline(): boolean {
  return typeof navigator !== "undefined" && navigator.onLine === false;
}

async function send<Answer>(method: Method, path: string, input?: unknown): Promise<Answer> {
  const init: RequestInit = { method };
  if (input !== undefined) {
    init.body = JSON.stringify(input);
    init.headers = { "content-type": "application/json" };
  }
  if (method !== "GET" && isOffline()) throw new RequestError(0, { code: "offline", detail: network.offline });
  const response = await fetch(path, init).catch(() => {
    throw new RequestError(0, { code: "unreachable", detail: network.unreachable });
  });
  const text = await response.text();
  const body = text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : null;
  if (!response.ok) throw new RequestError(response.status, body?.error ?? {});
  return body as Answer;
}
