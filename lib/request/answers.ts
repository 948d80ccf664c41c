import type { IncomingMessage, ServerResponse } from "node:http";
import { env } from "@/lib/env";
import { type Refused, refuse } from "./refuse";
import type { Nonsense } from "./target";

/** Responds with one sentence that explains the error in the request line. */
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
 * Next and next-auth always see MUSTER_URL's host, so that nothing a client or a proxy sends can redirect elsewhere. Pages find the
 * requested host in `x-asked-host`.
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

/** Answers until the pages are ready: the process is alive, and everything else has to wait. */
export function answerEarly(request: IncomingMessage, response: ServerResponse): void {
  if (request.url !== "/livez") refuse(request, response, starting);
  else response.writeHead(200, { "content-type": "text/plain", connection: "close" }).end("Muster is starting.\n");
}

/** Answers while shutting down, so that a load balancer stops sending requests before the port closes. */
export function answerLeaving(request: IncomingMessage, response: ServerResponse): boolean {
  response.setHeader("connection", "close");
  if (request.url?.split("?")[0] !== "/readyz") return false;
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  response.writeHead(503, headers).end(JSON.stringify({ ready: false, leaving: true }));
  return true;
}
