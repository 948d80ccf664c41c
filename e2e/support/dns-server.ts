import type { AddressInfo } from "node:net";
import dns2, { type DnsHandler, type Packet as DnsPacket } from "dns2";

/** How a name answers: its TXT values, an alias, a name without TXT, an unknown name, a failure, or silence. */
type Zone =
  | { kind: "txt"; values: string[] }
  | { kind: "cname"; target: string }
  | { kind: "empty" | "unknown" | "servfail" | "silent" };

export type DnsServer = {
  /** `127.0.0.1:port`, the form of MUSTER_DNS_SERVERS. */
  address: string;
  /** Sets how a name answers from now on; `*.name` stands for every name below it. */
  set: (name: string, zone: Zone) => void;
  /** Makes it the zone's own server as well: recursive queries get a resolver's answer, others the zone's current one. */
  serve: (zone: string) => void;
  /** From now on caches negative answers to recursive queries, as resolvers do for an hour (RFC 2308). */
  remember: () => void;
  /** Names that were queried recursively. */
  asked: string[];
  close: () => Promise<void>;
};

const { Packet } = dns2;
const rcodes: Partial<Record<Zone["kind"], number>> = { servfail: 2, unknown: 3 };

/** A DNS server on loopback; a name that wasn't set is unknown. */
export async function openDnsServer(): Promise<DnsServer> {
  const zones = new Map<string, Zone>();
  const served = new Set<string>();
  const asked: string[] = [];
  let missed: Set<string> | null = null;
  /** The zone as the client sees it: a resolver answers from its cache. */
  const seen = (name: string, isText: boolean, isRecursive: boolean): Zone => {
    const live = findZone(zones, name);
    if (!isRecursive) return live;
    asked.push(name);
    if (isText && (live.kind === "unknown" || live.kind === "empty")) missed?.add(name);
    return missed?.has(name) ? { kind: "unknown" } : live;
  };
  const handle: DnsHandler = (request, send) => {
    const [question] = request.questions;
    const name = question?.name.toLowerCase() ?? "";
    const zone = seen(name, question?.type === Packet.TYPE.TXT, Boolean(request.header.rd));
    if (zone.kind === "silent") return;
    const response = Packet.createResponseFromRequest(request);
    const own = ownRecords(served, name, question?.type);
    response.header.rcode = own.length > 0 ? 0 : (rcodes[zone.kind] ?? 0);
    response.answers.push(...own, ...records(name, question?.type, zone));
    send(response);
  };
  // Long answers are truncated over UDP and queried again over TCP, on the same port.
  const tcp = dns2.createServer({ tcp: true, handle });
  await tcp.listen({ tcp: { port: 0, address: "127.0.0.1" } });
  const { port } = tcp.addresses().tcp as AddressInfo;
  const udp = dns2.createServer({ udp: true, handle });
  await udp.listen({ udp: { port, address: "127.0.0.1" } });
  return {
    address: `127.0.0.1:${port}`,
    set: (name, zone) => zones.set(name.toLowerCase(), zone),
    serve: (zone) => served.add(zone),
    remember: () => {
      missed ??= new Set();
    },
    asked,
    close: async () => void (await Promise.all([tcp.close(), udp.close()])),
  };
}

function findZone(zones: Map<string, Zone>, name: string): Zone {
  const labels = name.split(".");
  const parents = labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join(".")}`);
  for (const key of [name, ...parents]) {
    const zone = zones.get(key);
    if (zone) return zone;
  }
  return { kind: "unknown" };
}

/** The servers of a zone: this one, under a name in it. */
function ownRecords(served: Set<string>, name: string, type: number | undefined): DnsPacket["answers"] {
  const record = (content: object) => Object.assign(new Packet.Resource(name, type, Packet.CLASS.IN, 60), content);
  if (type === Packet.TYPE.NS && served.has(name)) return [record({ ns: `ns.${name}` })];
  const isServer = name.startsWith("ns.") && served.has(name.slice(3));
  return type === Packet.TYPE.A && isServer ? [record({ address: "127.0.0.1" })] : [];
}

function records(name: string, type: number | undefined, zone: Zone): DnsPacket["answers"] {
  const record = (kind: number, content: object) =>
    Object.assign(new Packet.Resource(name, kind, Packet.CLASS.IN, 1), content);
  if (zone.kind === "cname") return [record(Packet.TYPE.CNAME, { domain: zone.target })];
  if (zone.kind !== "txt" || type !== Packet.TYPE.TXT) return [];
  return zone.values.map((value) => record(type, { data: pieces(value) }));
}

/** A DNS character string holds at most 255 bytes (RFC 1035 §3.3). */
function pieces(value: string): string[] {
  const parts = value.match(/[\s\S]{1,255}/g);
  return parts ? [...parts] : [""];
}
