import { tooLarge } from "./adapter";
import { answerScim } from "./service";

/** The adapter for a route handler: takes a Request, returns a Response. */
export async function answerWeb(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const { status, headers, body } = await answerScim({
    method: request.method,
    path: pathname.replace(/^\/scim\/v2/, ""),
    query: search.slice(1),
    header: (name) => request.headers.get(name) ?? undefined,
    address: request.headers.get("x-remote-address") ?? "",
    readBody: (limit) => readBody(request, limit),
  });
  return new Response(typeof body === "string" || body === null ? body : streamOf(body), { status, headers });
}

/** Creates each piece when it is pulled. */
function streamOf(pieces: Iterable<string>): ReadableStream<Uint8Array> {
  const next = pieces[Symbol.iterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = next.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}

/** Counts while reading, because a route handler accepts any size (T21). */
async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
