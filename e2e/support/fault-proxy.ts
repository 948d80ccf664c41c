import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request on its way through the proxy. */
type Passing = { method: string; url: string; body: string };

/** An answer that the proxy gives instead of the server. */
type Fault = { status: number; headers?: Record<string, string>; body?: unknown };

export type FaultProxy = {
  /** The server's URL through the proxy. */
  url: string;
  /** The answer to give instead of the server's; null lets a request through. */
  fail: (passing: Passing) => Fault | null;
  /** Whether the server's answer to a request is lost: the server handles it, and the connection is cut. */
  loses: (passing: Passing) => boolean;
  close: () => Promise<void>;
};

/** A proxy in front of a server, on loopback, that answers some requests itself. */
export async function openFaultProxy(serverUrl: string): Promise<FaultProxy> {
  const server = new URL(serverUrl);
  const proxy: FaultProxy = { url: "", fail: () => null, loses: () => false, close: async () => {} };

  const listener = createServer(async (incoming, outgoing) => {
    const body = await readText(incoming);
    const passing = { method: incoming.method ?? "GET", url: incoming.url ?? "/", body };
    const fault = proxy.fail(passing);
    if (fault) answer(outgoing, fault);
    else forward(server, incoming, body, outgoing, proxy.loses(passing));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  proxy.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}${server.pathname}`;
  proxy.close = () =>
    new Promise((resolve) => {
      listener.close(() => resolve());
      listener.closeAllConnections();
    });
  return proxy;
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function answer(outgoing: ServerResponse, { status, headers = {}, body }: Fault): void {
  const schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"];
  outgoing.writeHead(status, { "content-type": "application/scim+json", ...headers });
  outgoing.end(JSON.stringify(body ?? { schemas, status: String(status), detail: "A fault that was asked for." }));
}

function forward(
  server: URL,
  incoming: IncomingMessage,
  body: string,
  outgoing: ServerResponse,
  isLost: boolean,
): void {
  const { method = "GET", url = "/", headers } = incoming;
  const options = { hostname: server.hostname, port: server.port, method, path: url, headers };
  const onward = request(options, (response) => {
    if (isLost) return void response.resume().on("end", () => outgoing.destroy());
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  onward.end(body);
}
