import type { Resolver } from "node:dns/promises";
import type { Answer } from "dns-packet";
import { parse } from "tldts";
import { env } from "@/lib/env";
import { isOutside } from "@/lib/workspace/outside-address";
import { askServer, type DnsReply, type DnsServer, parseServer } from "./dns-query";

// A zone's own servers. A resolver asked before the record existed caches its absence for an hour (RFC 2308); the zone's servers don't.
// Finding them takes a resolver, but only with names that exist; the record's own name is never sent to a resolver.

/** Maximum number of servers asked per zone, and of delegations followed. */
const maxServers = 3;
const maxDepth = 4;

export type TextLookup =
  | { kind: "values"; values: string[] }
  | { kind: "alias"; target: string }
  | { kind: "none" | "no_name" };

/** Resolvers inside the network mean that its zones are served inside too; otherwise a zone can't direct us there (T26). */
function mayAsk(address: string): boolean {
  const own = env().MUSTER_DNS_SERVERS.map((text) => parseServer(text).address);
  return isOutside(address) || own.includes(address) || own.some((resolver) => !isOutside(resolver));
}

/** A server that is one of our resolvers is asked on its configured port. */
function serverAt(address: string): DnsServer {
  const known = env()
    .MUSTER_DNS_SERVERS.map(parseServer)
    .find((resolver) => resolver.address === address);
  return known ?? { address, port: 53 };
}

/** Treats a failed look-up as empty; the resolver itself is then asked for the record. */
async function orNothing(lookup: Promise<string[]>): Promise<string[]> {
  try {
    return await lookup;
  } catch {
    return [];
  }
}

async function serversOf(resolver: Resolver, names: string[]): Promise<DnsServer[]> {
  const found = await Promise.all(
    names
      .slice(0, maxServers)
      .flatMap((name) => [orNothing(resolver.resolve4(name)), orNothing(resolver.resolve6(name))]),
  );
  return [...new Set(found.flat())].filter(mayAsk).slice(0, maxServers).map(serverAt);
}

/** The servers of a domain's registered zone: from NS, else the name in its SOA. */
export async function findZoneServers(resolver: Resolver, domain: string): Promise<DnsServer[]> {
  const zone = parse(domain).domain ?? domain;
  const names = await orNothing(resolver.resolveNs(zone));
  if (names.length > 0) return serversOf(resolver, names);
  return serversOf(resolver, await orNothing(resolver.resolveSoa(zone).then(({ nsname }) => [nsname])));
}

const endsIn = (name: string, zone: string) => name === zone || name.endsWith(`.${zone}`);

/** The servers that a reply refers to, for a zone closer to the name. */
function referralOf({ authorities }: DnsReply, name: string): { zone: string; names: string[] } | null {
  const records = authorities.flatMap((record) => (record.type === "NS" ? [record] : []));
  const zone = records[0]?.name.toLowerCase();
  if (zone === undefined || !endsIn(name, zone)) return null;
  return { zone, names: records.map(({ data }) => data.toLowerCase()) };
}

/** Glue: addresses sent along for servers whose names lie inside the zone they serve, which nobody else could provide. */
function glueOf({ additionals }: DnsReply, zone: string, names: string[]): DnsServer[] {
  return additionals.flatMap((record) => {
    const isAddress = record.type === "A" || record.type === "AAAA";
    const name = record.name.toLowerCase();
    return isAddress && names.includes(name) && endsIn(name, zone) && mayAsk(record.data)
      ? [serverAt(record.data)]
      : [];
  });
}

function textOf(record: Answer): string[] {
  if (record.type !== "TXT") return [];
  const parts = Array.isArray(record.data) ? record.data : [record.data];
  return [Buffer.concat(parts.map((part) => Buffer.from(part))).toString("utf8")];
}

function read({ rcode, answers }: DnsReply): TextLookup | null {
  if (rcode === "NXDOMAIN") return { kind: "no_name" };
  if (rcode !== "NOERROR") return null;
  const values = answers.flatMap(textOf);
  if (values.length > 0) return { kind: "values", values };
  const alias = answers.find((record) => record.type === "CNAME");
  return alias?.type === "CNAME" ? { kind: "alias", target: alias.data } : { kind: "none" };
}

/** Asks a zone's servers in turn for a name's TXT values until one answers; null when none does. */
export async function askZone(
  resolver: Resolver,
  servers: DnsServer[],
  name: string,
  depth = 0,
): Promise<TextLookup | null> {
  for (const server of servers) {
    const reply = await askServer(server, name, "TXT", { recursive: false });
    if (!reply) continue;
    const referral = reply.rcode === "NOERROR" && reply.answers.length === 0 ? referralOf(reply, name) : null;
    const found = referral && depth < maxDepth ? await follow(resolver, reply, referral, name, depth) : read(reply);
    if (found) return found;
  }
  return null;
}

async function follow(
  resolver: Resolver,
  reply: DnsReply,
  { zone, names }: { zone: string; names: string[] },
  name: string,
  depth: number,
): Promise<TextLookup | null> {
  const glue = glueOf(reply, zone, names);
  const servers = glue.length > 0 ? glue.slice(0, maxServers) : await serversOf(resolver, names);
  return askZone(resolver, servers, name, depth + 1);
}
