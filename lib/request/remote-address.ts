import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";
import { env } from "@/lib/env";
import { forwardedHops } from "./forwarded";

/** Stands for an unreadable IP address. Such a visitor shares a network with nobody and is never on this machine. */
const unknownAddress = "unknown";

type Asking = Pick<IncomingMessage, "socket" | "headers">;

/**
 * The IP address of the client. Only trusted proxies are believed, each about the hop before it: the list is read from the right to the
 * first IP address that is not a trusted proxy, because anyone could have written the entries further left (T28).
 */
export function remoteAddress({ socket, headers }: Asking): string {
  const peer = read(socket.remoteAddress ?? "");
  if (!peer.isTrusted) return peer.address;
  const hops = forwardedHops(headers);
  if (hops === "none") return peer.address;
  if (hops === "unreadable") return unknownAddress;
  const seen = hops.toReversed().map(read);
  return (seen.find(({ isTrusted }) => !isTrusted) ?? seen.at(-1) ?? peer).address;
}

/** The network of a visitor: the IP address, or for IPv6 its /64, which is one customer (T28). Null if the IP address is unknown. */
export function networkOf(address: string | null): string | null {
  const found = read(address ?? "").address;
  if (found === unknownAddress) return null;
  return ipaddr.IPv6.isValid(found) ? ipaddr.IPv6.parse(found).parts.slice(0, 4).join(":") : found;
}

type Read = { address: string; isTrusted: boolean };

/** Cache of parsed IP addresses: clients come back, and parsing one took a fifth of a short response. */
const known = new Map<string, Read>();
const maxKnown = 10_000;

function read(text: string): Read {
  const before = known.get(text);
  if (before) return before;
  const found = readAnew(text);
  if (known.size >= maxKnown) known.clear();
  if (text.length <= 64) known.set(text, found);
  return found;
}

/** Parses an IP address, with or without a port, as some proxies write it: `203.0.113.7:4711`, `[2001:db8::1]:4711`, `[2001:db8::1]`. */
function readAnew(text: string): Read {
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  // ipaddr.js also accepts `127.1` and `0x7f000001`, which no proxy writes.
  if (!ipaddr.IPv6.isValid(bare) && !ipaddr.IPv4.isValidFourPartDecimal(bare))
    return { address: unknownAddress, isTrusted: false };
  const parsed = ipaddr.process(bare);
  const isTrusted = env().MUSTER_TRUSTED_PROXIES.some(
    ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
  );
  return { address: parsed.toString(), isTrusted };
}
