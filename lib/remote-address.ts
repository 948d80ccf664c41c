import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

/**
 * The address a request came from. A proxy on this machine is believed about the hop before it, and about that one only:
 * what stands further left in X-Forwarded-For was written by strangers (T28).
 */
export function remoteAddress(request: Pick<IncomingMessage, "socket" | "headers">): string {
  const peer = normalise(request.socket.remoteAddress ?? "");
  if (!isLoopback(peer)) return peer;
  const forwarded = request.headers["x-forwarded-for"];
  const hops = (Array.isArray(forwarded) ? forwarded.join(",") : (forwarded ?? "")).split(",");
  const last = normalise(hops.at(-1)?.trim() ?? "");
  return last === "" ? peer : last;
}

function normalise(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : "";
}

function isLoopback(address: string): boolean {
  return address !== "" && ipaddr.parse(address).range() === "loopback";
}
