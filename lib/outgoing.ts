import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { mayLeadTo, whyNotOutside } from "@/lib/workspace/outside-address";

export type OutsideRequest = {
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds for the whole request. */
  timeout?: number;
  /** The most bytes of the body to read. */
  maxBytes?: number;
  /** Cuts a longer body instead of failing. */
  cut?: boolean;
};

export type OutsideAnswer = { status: number; headers: http.IncomingHttpHeaders; body: string };

/** The URL must not be requested. Thrown before anything is sent. */
class NotOutside extends Error {
  /** Modules are loaded twice in the process, so `instanceof` can't recognise it. */
  readonly kind = "not-outside";
}

/**
 * Resolves a name and rejects it if any of its IP addresses is internal. The connection uses the checked IP address, so a second DNS answer
 * can't change the target.
 */
function lookupFor(url: string): LookupFunction {
  const mayGo = mayLeadTo(url);
  return (hostname, options, done) => {
    dns.lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      const [first] = found;
      if (!first || !found.every(({ address }) => mayGo(address)))
        return done(new NotOutside(`${hostname} leads into an internal network`), []);
      if (options.all) done(null, found);
      else done(null, first.address, first.family);
    });
  };
}

function open(url: string, { method = "GET", headers = {}, body }: OutsideRequest): http.ClientRequest {
  const { request } = url.toLowerCase().startsWith("https:") ? https : http;
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  // No agent: a kept-alive connection would use an IP address that was checked some time ago.
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

/** Requests an outside URL: https only, with a checked target, no redirects, and limits on time and size. */
export async function fetchOutside(url: string, request: OutsideRequest = {}): Promise<OutsideAnswer> {
  const { timeout = 10_000, maxBytes = 256 * 1024, cut = false } = request;
  const why = whyNotOutside(url);
  if (why !== null) throw new NotOutside(String(why));
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
  read.catch(() => {}); // after the timeout nobody awaits it
  sent.end(request.body);
  try {
    return await Promise.race([read, tooLate]);
  } finally {
    clearTimeout(timer);
    sent.destroy();
  }
}
