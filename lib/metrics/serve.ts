import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { isLoopback } from "@/lib/request/this-machine";
import { countRequest, readMetrics } from "./metrics";

/** Counts a request as soon as its connection is done with it. */
export function watchRequest(request: IncomingMessage, response: ServerResponse): void {
  const { method = "GET", url = "/" } = request; // the adapters change the request
  const began = performance.now();
  response.once("close", () => countRequest(method, url, began, response.writableFinished ? response.statusCode : 499));
}

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Whether a request has the token of MUSTER_METRICS_TOKEN (constant time). */
function isAllowed(request: IncomingMessage, token: string): boolean {
  const [, given = ""] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  return timingSafeEqual(digest(given), digest(token));
}

async function answer(response: ServerResponse): Promise<void> {
  const { type, text } = await readMetrics();
  response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(text);
}

function fail(response: ServerResponse, error: unknown): void {
  log().error({ err: error }, "metrics could not be written");
  response.writeHead(500, { "content-type": "text/plain" }).end("The metrics can't be written: see the log.\n");
}

/** Answers GET /metrics on the port of the application, if MUSTER_METRICS_TOKEN is set. */
export function answerMetrics(request: IncomingMessage, response: ServerResponse): boolean {
  const token = env().MUSTER_METRICS_TOKEN;
  if (token === undefined || request.method !== "GET" || request.url?.split("?", 1)[0] !== "/metrics") return false;
  if (isAllowed(request, token)) {
    answer(response).catch((error: unknown) => fail(response, error));
    return true;
  }
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "www-authenticate": "Bearer",
    "cache-control": "no-store",
  };
  response.writeHead(401, headers).end("Send the token of MUSTER_METRICS_TOKEN as a bearer token.\n");
  return true;
}

/** The host that a request asks for, without its port. */
function hostOf({ headers }: IncomingMessage): string {
  const url = `http://${headers.host ?? ""}`;
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/**
 * Serves /metrics on a port of its own (MUSTER_METRICS_PORT), without a token and only to this machine unless MUSTER_METRICS_HOST says
 * otherwise. Rejects with the system's error if the port can't be used.
 */
export async function serveMetrics(port: number, host: string): Promise<Server> {
  const isPrivate = isLoopback(host);
  const server = createServer((request, response) => {
    // A page in a browser on this machine could get here by a name of its own that leads to it (DNS rebinding).
    const isForUs = !isPrivate || isLoopback(hostOf(request));
    if (isForUs && request.method === "GET" && request.url?.split("?", 1)[0] === "/metrics") {
      answer(response).catch((error: unknown) => fail(response, error));
    } else response.writeHead(404, { "content-type": "text/plain" }).end("There is only /metrics here.\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  server.unref();
  return server;
}
