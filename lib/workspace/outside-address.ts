import ipaddr from "ipaddr.js";
import { normaliseHost } from "@/lib/address";
import { env } from "@/lib/env";

// Where a request to an address that somebody typed may go: keys of identity providers, webhooks. None may lead inside (T26).

const ports = new Set(["", "443", "8443"]);

/** Public by its number, and yet the inside of a cloud. */
const insiders = new Set(["168.63.129.16"]);

/** Names that a resolver of the house answers, whatever the world says (RFC 6761, RFC 6762, RFC 8375). */
const houseNames = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa)$/;

/** Servers of tests and of development run on this machine; the setting is off unless somebody turns it on. */
function mayLoopback(): boolean {
  return env().MUSTER_OUTGOING_LOOPBACK === "on";
}

/** What is given out to the world in IPv6 today; `::7f00:1`, which is 127.0.0.1 in an old dress, is not of it. */
const world = ipaddr.IPv6.parseCIDR("2000::/3");

/** What a cloud or a link keeps for itself is nobody's to reach, whatever an operator allows. */
function isForNobody(parsed: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return parsed.range() === "linkLocal" || insiders.has(parsed.toString());
}

/** Whether an address is in a network that the operator lets typed addresses reach (MUSTER_OUTGOING_ALLOW). */
function isAllowed(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const isListed = env().MUSTER_OUTGOING_ALLOW.some(
    ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
  );
  return isListed && !isForNobody(parsed);
}

/** Whether an address of the network is a public one: not private, link-local, loopback, a cloud's metadata or a wrapper of these. */
function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range === "loopback") return mayLoopback();
  if (range !== "unicast" || isForNobody(parsed)) return false;
  return parsed.kind() === "ipv4" || (parsed as ipaddr.IPv6).match(world);
}

/** Whether a request may go to an address of the network: a public one, or one of the operator's own. */
export function isOutside(address: string): boolean {
  return isPublic(address) || isAllowed(address);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || (ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback");
}

/** A name that only the house knows: one without a dot, or with an ending that the world doesn't have. */
function isHouseName(host: string): boolean {
  return !ipaddr.isValid(host) && (houseNames.test(host) || /^[a-z0-9_-]+$/.test(host));
}

type Typed = { protocol: string; host: string; port: string };

function readTyped(text: string): Typed {
  const { protocol, hostname, port } = new URL(text);
  // The parser has made every spelling of a number (octal, hexadecimal, one number, full-width digits) the plain one.
  return { protocol, host: hostname.replace(/^\[|\]$/g, "").replace(/\.$/, ""), port };
}

function whyNotHost(host: string): string | null {
  if (ipaddr.isValid(host)) return isOutside(host) ? null : "it leads inside a network";
  if (houseNames.test(host)) return "its name is one of the house";
  return normaliseHost(host) === null ? "its host is no public name" : null;
}

/** Why an address is none of the world's, as far as its text tells, or null. */
function whyNotPublic({ protocol, host, port }: Typed): string | null {
  if (protocol !== "https:") return "it must begin with https://";
  if (!ports.has(port)) return `port ${port} is not allowed, only 443 and 8443`;
  return whyNotHost(host);
}

/** A network of one's own has names, ports and servers without TLS that the world has not; each name must lead into what is allowed. */
function mayBeAllowed({ protocol, host }: Typed): boolean {
  if (!/^https?:$/.test(protocol)) return false;
  if (ipaddr.isValid(host)) return isAllowed(host);
  return env().MUSTER_OUTGOING_ALLOW.length > 0 && (isHouseName(host) || normaliseHost(host) !== null);
}

/** Why an address may not be asked, as far as its text tells, or null. What a name leads to is checked when it is asked. */
export function whyNotOutside(text: string): string | null {
  if (text.length > 2_000 || !URL.canParse(text)) return "it is no web address";
  const { username, password } = new URL(text);
  const typed = readTyped(text);
  if (username !== "" || password !== "") return "it has a user name or password in it";
  if (mayLoopback() && isLoopback(typed.host))
    return /^https?:$/.test(typed.protocol) ? null : "it must begin with http";
  const why = whyNotPublic(typed);
  return why !== null && mayBeAllowed(typed) ? null : why;
}

/** Tells of each address that a name leads to whether a request for this text may go there. */
export function mayLeadTo(text: string): (address: string) => boolean {
  const typed = readTyped(text);
  const isOurs = whyNotPublic(typed) !== null && !(mayLoopback() && isLoopback(typed.host));
  return isOurs ? isAllowed : isOutside;
}
