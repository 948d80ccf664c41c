import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";
import { env } from "@/lib/env";
import { isForwarded } from "./forwarded";

// Pages for visitors on this very machine (D-12). A proxy's headers, or a name that resolves to loopback, never make a visitor local.

/** Whether a host, as a URL writes it, is this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  return bare === "localhost" || (ipaddr.isValid(bare) && ipaddr.process(bare).range() === "loopback");
}

/**
 * True only if MUSTER_URL is this machine, the request is for exactly that host and comes from here, and no proxy has identified itself.
 */
export function isThisMachine({ headers, rawHeaders, socket, httpVersion }: IncomingMessage): boolean {
  const { host: ours, hostname } = new URL(env().MUSTER_URL);
  const hosts = rawHeaders.filter((_, index) => index % 2 === 0 && rawHeaders[index]?.toLowerCase() === "host");
  return (
    isLoopback(hostname) &&
    hosts.length === 1 &&
    headers.host?.toLowerCase() === ours &&
    isLoopback(socket.remoteAddress ?? "") &&
    !isForwarded(headers) &&
    httpVersion === "1.1" // a proxy that adds no headers often speaks 1.0; no browser does
  );
}

const here = globalThis as { musterThisMachine?: string };

/** Passes the result to the pages, which can't see the socket. The marker is random at each start, so nobody can forge it. */
export function markThisMachine(request: IncomingMessage): void {
  here.musterThisMachine ??= randomBytes(16).toString("hex");
  request.headers["x-this-machine"] = isThisMachine(request) ? here.musterThisMachine : "";
}

/** Whether server.ts found that the visitor is on this machine. Without server.ts in front, no visitor is. */
export function cameFromThisMachine(headers: Headers): boolean {
  return here.musterThisMachine !== undefined && headers.get("x-this-machine") === here.musterThisMachine;
}
