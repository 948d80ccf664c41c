import { connect } from "node:net";

export type RawAnswer = { status: number; headers: Headers; text: string; cookies: string[] };

/** Sends bytes as they are, which no client library does, and reads until the server closes. */
export async function sendRaw(url: string, text: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname === "localhost" ? "127.0.0.1" : hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise<void>((resolve, reject) => {
    socket.on("close", () => resolve()).on("error", reject);
  });
  socket.write(text, "latin1");
  await closed;
  return readAnswer(Buffer.concat(chunks).toString("utf8"));
}

function readAnswer(all: string): RawAnswer {
  const [head = "", ...body] = all.split("\r\n\r\n");
  const [line = "", ...lines] = head.split("\r\n");
  const pairs = lines.map((one): [string, string] => {
    const at = one.indexOf(":");
    return [one.slice(0, at), one.slice(at + 1).trim()];
  });
  const cookies = pairs.filter(([name]) => name.toLowerCase() === "set-cookie").map(([, value]) => value);
  return { status: Number(line.split(" ")[1] ?? 0), headers: new Headers(pairs), text: body.join("\r\n\r\n"), cookies };
}
