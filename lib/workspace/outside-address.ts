import ipaddr from "ipaddr.js";
import { normaliseHost } from "@/lib/address";
import { env } from "@/lib/env";
import { isLoopback } from "@/lib/request/this-machine";
import { type Because, because } from "@/lib/workspace/refusal";

// Where requests to typed URLs may go, such as an identity provider's keys or webhooks. None may lead inside the network (T26).

const ports = new Set(["", "443", "8443"]);

/** IP addresses in public ranges that are internal to a cloud. */
const insiders = new Set(["168.63.129.16"]);

/** Names that an internal resolver answers whatever public DNS says (RFC 6761, RFC 6762, RFC 8375). */
const houseNames = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa)$/;

/** Test and development servers run on this machine. The setting is off by default. */
function mayLoopback(): boolean {
  return env().MUSTER_OUTGOING_LOOPBACK === "on";
}

/** The IPv6 range that is publicly allocated today. It excludes old notations such as `::7f00:1`, which is 127.0.0.1. */
const world = ipaddr.IPv6.parseCIDR("2000::/3");

/** Addresses reserved by a cloud or a link stay blocked whatever an operator allows. */
function isForNobody(parsed: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return parsed.range() === "linkLocal" || insiders.has(parsed.toString());
}

/** Whether an IP address is in a network that the operator opens to typed URLs (MUSTER_OUTGOING_ALLOW). */
function isAllowed(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const isListed = env().MUSTER_OUTGOING_ALLOW.some(
    ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
  );
  return isListed && !isForNobody(parsed);
}

/** Whether an IP address is public: not private, link-local, loopback, a cloud's metadata service or a wrapper of one of these. */
function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range === "loopback") return mayLoopback();
  if (range !== "unicast" || isForNobody(parsed)) return false;
  return parsed.kind() === "ipv4" || (parsed as ipaddr.IPv6).match(world);
}

/** Whether a request may go to an IP address: a public one, or one that the operator allows. */
export function isOutside(address: string): boolean {
  return isPublic(address) || isAllowed(address);
}

/** A name that only internal DNS knows: one without a dot, or with a non-public ending. */
function isHouseName(host: string): boolean {
  return !ipaddr.isValid(host) && (houseNames.test(host) || /^[a-z0-9_-]+$/.test(host));
}

type Typed = { protocol: string; host: string; port: string };

function readTyped(text: string): Typed {
  const { protocol, hostname, port } = new URL(text);
  // The URL parser has already normalised every spelling of an IP address (octal, hexadecimal, single number, full-width digits).
  return { protocol, host: hostname.replace(/^\[|\]$/g, "").replace(/\.$/, ""), port };
}

function whyNotHost(host: string): Because | null {
  if (ipaddr.isValid(host)) return isOutside(host) ? null : because("internalNetwork");
  if (houseNames.test(host)) return because("internalName");
  return normaliseHost(host) === null ? because("noPublicName") : null;
}

/** Why a URL can't be public, judging by its text, or null. */
function whyNotPublic({ protocol, host, port }: Typed): Because | null {
  if (protocol !== "https:") return because("https");
  if (!ports.has(port)) return because("port", { port });
  return whyNotHost(host);
}

/** Internal networks have names, ports and servers without TLS that public URLs don't. Each name must resolve into an allowed network. */
function mayBeAllowed({ protocol, host }: Typed): boolean {
  if (!/^https?:$/.test(protocol)) return false;
  if (ipaddr.isValid(host)) return isAllowed(host);
  return env().MUSTER_OUTGOING_ALLOW.length > 0 && (isHouseName(host) || normaliseHost(host) !== null);
}

/** Why a URL must not be requested, judging by its text, or null. The addresses it resolves to are checked when the request is made. */
export function whyNotOutside(text: string): Because | null {
  if (text.length > 2_000 || !URL.canParse(text)) return because("noUrl");
  const { username, password } = new URL(text);
  const typed = readTyped(text);
  if (username !== "" || password !== "") return because("credentials");
  if (mayLoopback() && isLoopback(typed.host)) return /^https?:$/.test(typed.protocol) ? null : because("http");
  const why = whyNotPublic(typed);
  return why !== null && mayBeAllowed(typed) ? null : why;
}

/** Returns the check for the IP addresses that a URL's host resolves to: whether a request may go there. */
export function mayLeadTo(text: string): (address: string) => boolean {
  const typed = readTyped(text);
  const isOurs = whyNotPublic(typed) !== null && !(mayLoopback() && isLoopback(typed.host));
  return isOurs ? isAllowed : isOutside;
}
