import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { type Answer, decode, encode, type Packet, type RecordType, streamDecode, streamEncode } from "dns-packet";

// One query to one server. Node's resolver only sends recursive queries and hides the authority section, so it can't query a zone's own
// servers.

export type DnsServer = { address: string; port: number };

export type DnsReply = { rcode: string; answers: Answer[]; authorities: Answer[]; additionals: Answer[] };

const timeout = 2_000;
const tries = 2;

/** `1.1.1.1`, `1.1.1.1:53`, `[2606:4700::1]:53` or `2606:4700::1`. */
export function parseServer(text: string): DnsServer {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  return { address: bracketed ?? plain ?? text, port: Number(port ?? 53) };
}

type Question = { id: number; name: string; type: RecordType; recursive: boolean };

function packetOf({ id, name, type, recursive }: Question): Packet {
  return { type: "query", id, flags: recursive ? 0x100 : 0, questions: [{ type, name, class: "IN" }] };
}

/** Accepts a reply only when it matches this question: anyone can send packets to a port. */
function replyTo({ id, name, type }: Question, read: () => Packet): (DnsReply & { isCut: boolean }) | null {
  try {
    const packet = read() as Packet & { rcode?: string; flag_tc?: boolean };
    const [question] = packet.questions ?? [];
    const isOurs = packet.id === id && packet.type === "response" && question?.type === type;
    if (!isOurs || question?.name.toLowerCase() !== name.toLowerCase()) return null;
    const { answers = [], authorities = [], additionals = [], rcode = "SERVFAIL", flag_tc = false } = packet;
    return { rcode, answers, authorities, additionals, isCut: flag_tc };
  } catch {
    return null; // not a DNS packet
  }
}

function askByUdp(server: DnsServer, question: Question): Promise<(DnsReply & { isCut: boolean }) | null> {
  return new Promise((resolve) => {
    const packet = encode(packetOf(question)); // encoded here, so that an invalid name fails only this query
    const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
    const timer = setTimeout(() => end(null), timeout);
    const end = (reply: (DnsReply & { isCut: boolean }) | null) => {
      clearTimeout(timer);
      socket
        .removeAllListeners()
        .on("error", () => {})
        .close();
      resolve(reply);
    };
    socket.on("error", () => end(null));
    socket.on("message", (message) => {
      const reply = replyTo(question, () => decode(message));
      if (reply) end(reply);
    });
    socket.connect(server.port, server.address, () => socket.send(packet, (error) => error && end(null)));
  });
}

function askByTcp(server: DnsServer, question: Question): Promise<DnsReply | null> {
  return new Promise((resolve) => {
    const packet = streamEncode(packetOf(question));
    const socket = connect(server.port, server.address);
    const timer = setTimeout(() => end(null), timeout);
    let received = Buffer.alloc(0);
    const end = (reply: DnsReply | null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply);
    };
    socket.on("error", () => end(null));
    socket.on("close", () => end(null));
    socket.on("connect", () => socket.write(packet));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length < 2 ? Number.POSITIVE_INFINITY : received.readUInt16BE(0) + 2;
      if (received.length >= length) end(replyTo(question, () => streamDecode(received.subarray(0, length))));
    });
  });
}

/** Queries a server, over TCP when the reply is truncated. Null means no reply. */
export async function askServer(
  server: DnsServer,
  name: string,
  type: RecordType,
  { recursive }: { recursive: boolean },
): Promise<DnsReply | null> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const question = { id: randomInt(0x10000), name, type, recursive };
    const reply = await askByUdp(server, question);
    if (reply) return reply.isCut ? askByTcp(server, question) : reply;
  }
  return null;
}
