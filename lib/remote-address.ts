import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

/**
 * The address a request came from. A proxy on this machine is believed about the hop before it, and about that one only:
 * what stands further left in X-Forwarded-For was written by strangers (T28).
 */
export function remoteAddress(request: Pick<IncomingMessage, "socket" | "headers">): string {
  const peer = read(request.socket.remoteAddress ?? "");
  const forwarded = request.headers["x-forwarded-for"];
  if (!peer.isLoopback || forwarded === undefined) return peer.address;
  const hops = (Array.isArray(forwarded) ? forwarded.join(",") : forwarded).split(",");
  return read(hops.at(-1)?.trim() ?? "").address || peer.address;
}

/** The network of a visitor: the address, or for IPv6 its /64, which is one customer (T28). Null where the address is unknown. */
export function networkOf(address: string | null): string | null {
  const found = read(address ?? "").address;
  if (found === "") return null;
  return ipaddr.IPv6.isValid(found) ? ipaddr.IPv6.parse(found).parts.slice(0, 4).join(":") : found;
}

type Read = { address: string; isLoopback: boolean };

/** Addresses that were read already: a client comes back, and reading one took a fifth of a short answer. */
const known = new Map<string, Read>();
const maxKnown = 10_000;

function read(text: string): Read {
  const before = known.get(text);
  if (before) return before;
  const parsed = ipaddr.isValid(text) ? ipaddr.process(text) : null;
  const found = { address: parsed?.toString() ?? "", isLoopback: parsed?.range() === "loopback" };
  if (known.size >= maxKnown) known.clear();
  if (text.length <= 64) known.set(text, found);
  return found;
}
