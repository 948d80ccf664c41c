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

/** Whether an address of the network is a public one: not private, link-local, loopback, a cloud's metadata or a wrapper of these. */
export function isOutside(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range === "loopback") return mayLoopback();
  if (range !== "unicast" || insiders.has(parsed.toString())) return false;
  return parsed.kind() === "ipv4" || (parsed as ipaddr.IPv6).match(world);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || (ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback");
}

function whyNotHost(host: string): string | null {
  if (ipaddr.isValid(host)) return isOutside(host) ? null : "it leads inside a network";
  if (houseNames.test(host)) return "its name is one of the house";
  return normaliseHost(host) === null ? "its host is no public name" : null;
}

/** Why an address may not be asked, as far as its text tells, or null. What a name leads to is checked when it is asked. */
export function whyNotOutside(text: string): string | null {
  if (text.length > 2_000 || !URL.canParse(text)) return "it is no web address";
  const { protocol, hostname, port, username, password } = new URL(text);
  // The parser has made every spelling of a number (octal, hexadecimal, one number, full-width digits) the plain one.
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (username !== "" || password !== "") return "it has a user name or password in it";
  if (mayLoopback() && isLoopback(host)) return /^https?:$/.test(protocol) ? null : "it must begin with http";
  if (protocol !== "https:") return "it must begin with https://";
  if (!ports.has(port)) return `port ${port} is not allowed, only 443 and 8443`;
  return whyNotHost(host);
}
