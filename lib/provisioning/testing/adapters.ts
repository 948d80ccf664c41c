import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import { answerNode, findScimTarget } from "@/lib/provisioning/http/node-adapter";
import { answerWeb } from "@/lib/provisioning/http/web-adapter";

// Test clients for SCIM: server.ts's adapter over a socket, and the function that Next's route handler exports.

type Body = Record<string, unknown>;

/** An answer with its JSON body; `{}` if it has none. */
type Answer = { status: number; headers: Headers; body: Body };

/** Sends a request to `/scim/v2` + path. Texts and bytes are sent as they are, anything else as JSON. */
export type ScimClient = (method: string, path: string, body?: unknown, headers?: HeadersInit) => Promise<Answer>;

/** Creates a client that sends this token, or none. */
export type Adapter = (token: string | null) => ScimClient;

type Send = (path: string, init: RequestInit) => Promise<Response>;

function bytesOf(body: unknown): BodyInit | undefined {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) return body as BodyInit | undefined;
  return JSON.stringify(body);
}

function headersOf(token: string | null, hasBody: boolean, more: HeadersInit | undefined): Headers {
  const headers = new Headers(token === null ? {} : { authorization: `Bearer ${token}` });
  if (hasBody) headers.set("content-type", "application/scim+json");
  for (const [name, value] of new Headers(more)) headers.set(name, value);
  return headers;
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? {} : (JSON.parse(text) as Body) };
}

function adapterOf(send: Send): Adapter {
  return (token) => async (method, path, body, more) => {
    const sent = bytesOf(body);
    const headers = headersOf(token, sent !== undefined, more);
    return readAnswer(await send(path, { method, headers, ...(sent !== undefined && { body: sent }) }));
  };
}

/** Next's route handler, called as Next calls it. */
export const routeAdapter: Adapter = adapterOf((path, init) =>
  answerWeb(new Request(`http://muster.test/scim/v2${path}`, init)),
);

const server = createServer((request, response) => {
  const target = findScimTarget(request.url ?? "");
  if (target) void answerNode(request, response, target, "127.0.0.1");
  else response.writeHead(404).end();
});

/** The URL of server.ts's adapter, including `/scim/v2`. */
export const nodeAdapterUrl = new Promise<string>((resolve) => {
  server.listen(0, "127.0.0.1", () => {
    resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/v2`);
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** server.ts's adapter, over a socket. */
export const nodeAdapter: Adapter = adapterOf(async (path, init) => fetch(`${await nodeAdapterUrl}${path}`, init));

/** Both, for `describe.each`. */
export const adapters: [name: string, open: Adapter][] = [
  ["server.ts", nodeAdapter],
  ["the route handler", routeAdapter],
];
