import type { AddressInfo } from "node:net";
import dns2, { type DnsHandler, type Packet as DnsPacket } from "dns2";

/** How a name answers: its TXT values, an alias, a name without TXT, an unknown name, a failure, or silence. */
type Zone =
  | { kind: "txt"; values: string[] }
  | { kind: "cname"; target: string }
  | { kind: "empty" | "unknown" | "servfail" | "silent" };

export type DnsServer = {
  /** `127.0.0.1:port`, as MUSTER_DNS_SERVERS wants it. */
  address: string;
  /** Says how a name answers from now on; `*.name` stands for every name below it. */
  set: (name: string, zone: Zone) => void;
  close: () => Promise<void>;
};

const { Packet } = dns2;
const failure = 2;
const nameError = 3;

/** A DNS server on loopback; a name that nobody set is unknown. */
export async function openDnsServer(): Promise<DnsServer> {
  const zones = new Map<string, Zone>();
  const handle: DnsHandler = (request, send) => {
    const [question] = request.questions;
    const name = question?.name.toLowerCase() ?? "";
    const zone = findZone(zones, name);
    if (zone.kind === "silent") return;
    const response = Packet.createResponseFromRequest(request);
    if (zone.kind === "unknown") response.header.rcode = nameError;
    if (zone.kind === "servfail") response.header.rcode = failure;
    response.answers.push(...records(name, question?.type, zone));
    send(response);
  };
  // Long answers are cut over UDP and asked for again over TCP, at the same port.
  const tcp = dns2.createServer({ tcp: true, handle });
  await tcp.listen({ tcp: { port: 0, address: "127.0.0.1" } });
  const { port } = tcp.addresses().tcp as AddressInfo;
  const udp = dns2.createServer({ udp: true, handle });
  await udp.listen({ udp: { port, address: "127.0.0.1" } });
  return {
    address: `127.0.0.1:${port}`,
    set: (name, zone) => zones.set(name.toLowerCase(), zone),
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

function records(name: string, type: number | undefined, zone: Zone): DnsPacket["answers"] {
  const record = (kind: number, content: object) =>
    Object.assign(new Packet.Resource(name, kind, Packet.CLASS.IN, 1), content);
  if (zone.kind === "cname") return [record(Packet.TYPE.CNAME, { domain: zone.target })];
  if (zone.kind !== "txt" || type !== Packet.TYPE.TXT) return [];
  return zone.values.map((value) => record(type, { data: pieces(value) }));
}

/** A character string of DNS holds 255 bytes at most (RFC 1035 §3.3). */
function pieces(value: string): string[] {
  const parts = value.match(/[\s\S]{1,255}/g);
  return parts ? [...parts] : [""];
}
