import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

/**
 * How a mail server misbehaves: says nothing, greets with 4xx or 421, is slow at DATA, drops the connection before its 250, or accepts
 * emails. `dropsAfterTaking`: accepts the email, and drops the connection before saying so.
 */
export type Manner =
  | "takes"
  | "silent"
  | "greets with 421"
  | "greets with 450"
  | "421 at RCPT"
  | "slow at DATA"
  | "drops at DATA"
  | "drops after taking";

export type RoughMailServer = {
  url: string;
  /** Emails that were received completely, unchanged. */
  taken: string[];
  /** Connections so far. */
  connections: () => number;
  behave: (manner: Manner) => void;
  /** Lets emails that are held at DATA continue. */
  release: () => void;
  close: () => Promise<void>;
};

function replyTo(verb: string, manner: Manner): { reply: string; ends: boolean } {
  if (verb === "DATA") return { reply: "354 go on", ends: false };
  if (verb === "RCPT" && manner === "421 at RCPT") return { reply: "421 closing", ends: true };
  if (verb === "QUIT") return { reply: "221 bye", ends: true };
  return { reply: "250 fine", ends: false };
}

/** A mail server on loopback that speaks just enough SMTP to misbehave at each step. */
export async function openRoughMailServer(port = 0): Promise<RoughMailServer> {
  let manner: Manner = "takes";
  let count = 0;
  const taken: string[] = [];
  const waiting: (() => void)[] = [];
  const open = new Set<Socket>();

  const serve = (socket: Socket) => {
    count += 1;
    open.add(socket);
    socket.on("close", () => open.delete(socket)).on("error", () => {});
    let data: string | null = null;
    let rest = "";
    const say = (line: string) => socket.write(`${line}\r\n`);
    const end = (mail: string) => {
      if (manner === "drops at DATA") return socket.destroy();
      if (manner === "slow at DATA") return waiting.push(() => say("250 slowly taken"));
      taken.push(mail);
      return manner === "drops after taking" ? socket.destroy() : say("250 taken");
    };
    const read = (mail: string, line: string) => {
      data = line === "." ? null : `${mail}${line}\n`;
      if (data === null) end(mail);
    };
    const hear = (line: string) => {
      if (data !== null) return read(data, line);
      const { reply, ends } = replyTo(line.slice(0, 4).toUpperCase(), manner);
      if (reply.startsWith("354")) data = "";
      say(reply);
      if (ends) socket.end();
    };
    socket.on("data", (chunk) => {
      const lines = `${rest}${chunk}`.split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) hear(line);
    });
    if (manner === "greets with 421") say("421 not now");
    else if (manner === "greets with 450") say("450 not now");
    else if (manner !== "silent") say("220 rough");
  };

  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    connections: () => count,
    behave: (next) => {
      manner = next;
    },
    release: () => {
      for (const go of waiting.splice(0)) go();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
