import type { IncomingMessage, ServerResponse } from "node:http";
import { env } from "@/lib/env";
import { type Refused, refuse } from "./refuse";
import type { Nonsense } from "./target";

/** Says what is wrong with a request line in a sentence. */
export function refuseTarget(response: ServerResponse, { status, detail, allow }: Nonsense): void {
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    connection: "close",
    ...(allow !== undefined && { allow }),
  };
  response.writeHead(status, headers).end(`${detail}\n`);
}

/**
 * Next and next-auth see one host, that of MUSTER_URL, whatever a client or a proxy wrote: nothing they say leads elsewhere. Pages
 * find the one that was asked for in `x-asked-host`.
 */
export function asOurHost({ headers }: IncomingMessage): void {
  const { host, protocol } = new URL(env().MUSTER_URL);
  headers["x-asked-host"] = headers.host ?? "";
  headers.host = host;
  for (const name of Object.keys(headers)) if (/^(x-forwarded-|forwarded$)/.test(name)) delete headers[name];
  headers["x-forwarded-proto"] = protocol.slice(0, -1);
}

const starting: Refused = {
  status: 503,
  code: "starting",
  detail: "Muster is starting. Nothing was changed; try again in a moment.",
  retryAfter: 2,
};

/** What is answered until the pages are up: that the process lives, and that it is too early for anything else. */
export function answerEarly(request: IncomingMessage, response: ServerResponse): void {
  if (request.url !== "/livez") refuse(request, response, starting);
  else response.writeHead(200, { "content-type": "text/plain", connection: "close" }).end("Muster is starting.\n");
}

/** A balancer looks away before the port is closed. */
export function answerLeaving(request: IncomingMessage, response: ServerResponse): boolean {
  response.setHeader("connection", "close");
  if (request.url?.split("?")[0] !== "/readyz") return false;
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  response.writeHead(503, headers).end(JSON.stringify({ ready: false, leaving: true }));
  return true;
}
