import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { newRequestId } from "@/lib/log";
import { errorBody, ScimError } from "@/lib/scim/error";

/** An error that the server answers itself, without a route. */
export type Refused = {
  status: number;
  /** Machine-readable. */
  code: string;
  detail: string;
  /** Seconds after which to try again. */
  retryAfter?: number;
};

type Form = { type: string; body: (refused: Refused, requestId: string) => unknown };

/** The error format by path; the first match wins. */
const forms: [RegExp, Form][] = [
  [
    /^\/+scim\/+v2(?=\/|$)/i,
    {
      type: "application/scim+json",
      body: ({ status, detail }, requestId) => errorBody(new ScimError(status, undefined, detail), requestId),
    },
  ],
  [
    /^\/api\/v1(?=\/|$)/, // RFC 9457
    {
      type: "application/problem+json",
      body: ({ status, code, detail }, requestId) => ({
        type: `urn:muster:problem:${code}`,
        title: STATUS_CODES[status] ?? "Problem",
        status,
        detail,
        requestId,
      }),
    },
  ],
  [
    /^\/api\//,
    {
      type: "application/json",
      body: ({ code, detail }, requestId) => ({ error: { code, detail, requestId } }),
    },
  ],
  [
    /^\/oauth\/(token|revoke|introspect)$/, // RFC 6749 §5.2
    {
      type: "application/json",
      body: ({ status, detail }) => ({
        error: status === 503 ? "temporarily_unavailable" : status < 500 ? "invalid_request" : "server_error",
        error_description: detail.replace(/[^\x20-\x7e]|["\\]/g, "'"),
      }),
    },
  ],
];

const plain: Form = { type: "text/plain; charset=utf-8", body: ({ detail }) => `${detail}\n` };

/** Answers with an error in the format that the path's clients expect, and closes the connection. */
export function refuse({ url = "/" }: IncomingMessage, response: ServerResponse, refused: Refused): void {
  const [path = "/"] = url.split("?");
  const form = forms.find(([place]) => place.test(path))?.[1] ?? plain;
  const requestId = newRequestId();
  const body = form.body(refused, requestId);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers: Record<string, string | number> = {
    "content-type": form.type,
    "content-length": Buffer.byteLength(text),
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-request-id": requestId,
    "cache-control": "no-store",
    connection: "close",
  };
  if (refused.retryAfter !== undefined) headers["retry-after"] = refused.retryAfter;
  response.writeHead(refused.status, headers).end(text);
}
