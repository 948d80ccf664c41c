import type { IncomingMessage, ServerResponse } from "node:http";
import { tooLarge } from "./adapter";
import { answerScim } from "./service";

/** `/scim/v2` in any case and with doubled slashes. Not parsed with URL, which reads `//scim` as a host. */
const scim = /^\/+scim\/+v2(?=\/|$)(.*)$/is;

/** The part of a request's target below `/scim/v2`. */
export type ScimTarget = { path: string; query: string };

/** Reads the target of a request line as it was sent; null if it isn't below `/scim/v2`. */
export function findScimTarget(url: string): ScimTarget | null {
  const mark = url.indexOf("?");
  const path = scim.exec(mark < 0 ? url : url.slice(0, mark))?.[1];
  return path === undefined ? null : { path, query: mark < 0 ? "" : url.slice(mark + 1) };
}

/** The direct adapter: server.ts passes `/scim/v2` here before Next sees it. */
export async function answerNode(
  request: IncomingMessage,
  response: ServerResponse,
  { path, query }: ScimTarget,
  address: string,
): Promise<void> {
  const answer = await answerScim({
    method: request.method ?? "GET",
    path,
    query,
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    address,
    readBody: (limit) => readBody(request, limit),
  });
  if (response.headersSent) return; // the time limit has already answered
  if (answer.body !== null && typeof answer.body !== "string") {
    response.writeHead(answer.status, answer.headers);
    await sendPieces(response, answer.body);
  } else if (request.complete || !hasBody(request)) {
    response.writeHead(answer.status, answer.headers).end(answer.body ?? undefined);
  } else {
    // An unread body would keep the connection busy with the rest of it.
    const text = answer.body ?? "";
    const headers = { ...answer.headers, connection: "close", "content-length": Buffer.byteLength(text) };
    response.writeHead(answer.status, headers).write(text);
    await passOver(request);
    response.end();
  }
}

/** Bytes and milliseconds for which a rejected body is still read and discarded. */
const passedBytes = 4_194_304;
const passedMs = 250;

/** Discards a little of what the client still sends: closing the connection while it sends would lose the answer. */
function passOver(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let size = 0;
    const timer = setTimeout(resolve, passedMs);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > passedBytes) stop();
    });
    request.on("end", stop).on("close", stop).on("error", stop).resume();
  });
}

/** Creates a piece only after the previous one was accepted, so that a slow reader holds one piece in memory, not the list. */
async function sendPieces(response: ServerResponse, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

/** Waits until there is room again, or the client is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off("drain", go).off("close", go);
      resolve();
    };
    response.on("drain", go).on("close", go);
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Counts while reading, so that never more than the limit is held in memory (T21). */
function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        request.removeAllListeners("data").pause();
        reject(tooLarge(limit));
      } else chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("aborted", () => reject(new Error("the client went away")));
  });
}
