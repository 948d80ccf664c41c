import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { mayLeadTo, whyNotOutside } from "@/lib/workspace/outside-address";

export type OutsideRequest = {
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds for all of it. */
  timeout?: number;
  /** Bytes of the answer's body that are read. */
  maxBytes?: number;
  /** Of a longer answer the beginning is enough; otherwise it is an error. */
  cut?: boolean;
};

export type OutsideAnswer = { status: number; headers: http.IncomingHttpHeaders; body: string };

/** The address is none that may be asked. Said before anything is sent. */
class NotOutside extends Error {
  /** Modules exist twice in the process, so this and not `instanceof` tells it. */
  readonly kind = "not-outside";
}

/** Resolves a name and refuses it when any of its addresses leads inside; the connection goes to what was checked, so a second answer changes nothing. */
function lookupFor(url: string): LookupFunction {
  const mayGo = mayLeadTo(url);
  return (hostname, options, done) => {
    dns.lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      const [first] = found;
      if (!first || !found.every(({ address }) => mayGo(address)))
        return done(new NotOutside(`${hostname} leads inside a network`), []);
      if (options.all) done(null, found);
      else done(null, first.address, first.family);
    });
  };
}

function open(url: string, { method = "GET", headers = {}, body }: OutsideRequest): http.ClientRequest {
  const { request } = url.toLowerCase().startsWith("https:") ? https : http;
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  // No agent: a kept connection would go to what was checked some time ago.
  return request(url, { method, headers: { ...headers, ...length }, agent: false, lookup: lookupFor(url) });
}

/** Reads an answer up to `maxBytes`. */
async function readBody(response: http.IncomingMessage, maxBytes: number, cut: boolean): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    chunks.push(chunk);
    if (size <= maxBytes) continue;
    if (!cut) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
}

/** Asks an address outside: https only, checked where it leads, no redirects, an end to time and size. */
export async function fetchOutside(url: string, request: OutsideRequest = {}): Promise<OutsideAnswer> {
  const { timeout = 10_000, maxBytes = 256 * 1024, cut = false } = request;
  const why = whyNotOutside(url);
  if (why !== null) throw new NotOutside(why);
  const sent = open(url, request);
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeout} ms`)), timeout);
  });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", resolve);
  });
  const read = answered.then(async (response) => ({
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await readBody(response, maxBytes, cut),
  }));
  read.catch(() => {}); // when the time is over, nobody waits for it any more
  sent.end(request.body);
  try {
    return await Promise.race([read, tooLate]);
  } finally {
    clearTimeout(timer);
    sent.destroy();
  }
}
