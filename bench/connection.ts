import { connect, type Socket } from "node:net";

/** A request as it is sent; `headers` are lines without their ends. */
export type Shot = { method: string; path: string; headers: string[]; body?: string };

export type Reply = {
  status: number;
  /** Of the body as it travelled. */
  bytes: number;
  /** The body; null unless it was asked for, or says why not. */
  text: string | null;
};

/** Milliseconds without a byte after which an answer is given up. */
const patience = 60_000;

type Head = { status: number; length: number | null; closes: boolean };

function parseHead(text: string): Head {
  const status = Number(text.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  const isBare = status === 204 || status === 304;
  const isChunked = !isBare && /\r\ntransfer-encoding: *chunked/i.test(text);
  return { status, length: isChunked ? null : Number(length ?? 0), closes: /\r\nconnection: *close/i.test(text) };
}

/** The text of a chunked body. */
function unchunk(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.toString("latin1", at, line), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(body.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

/** Reads one answer out of what a socket brings. */
class Reader {
  #head: Head | null = null;
  #chunks: Buffer[] = [];
  #size = 0;
  #tail = "";
  readonly #keeps: boolean;

  constructor(keeps: boolean) {
    this.#keeps = keeps;
  }

  get closes(): boolean {
    return this.#head?.closes ?? false;
  }

  /** The answer, once `chunk` completes it. */
  read(chunk: Buffer): Reply | null {
    if (this.#head) return this.#readBody(chunk, this.#head);
    const all = this.#chunks.length === 0 ? chunk : Buffer.concat([...this.#chunks, chunk]);
    const end = all.indexOf("\r\n\r\n");
    this.#chunks = end < 0 ? [all] : [];
    if (end < 0) return null;
    this.#head = parseHead(all.toString("latin1", 0, end));
    return this.#readBody(all.subarray(end + 4), this.#head);
  }

  #readBody(chunk: Buffer, { status, length }: Head): Reply | null {
    const keeps = this.#keeps || status >= 400;
    this.#size += chunk.length;
    if (keeps) this.#chunks.push(chunk);
    if (!this.#isWhole(chunk, length)) return null;
    const body = keeps ? Buffer.concat(this.#chunks) : null;
    const text = body && (length === null ? unchunk(body) : body).toString("utf8");
    return { status, bytes: this.#size, text };
  }

  /** JSON holds no line ends of its own, so the last chunk of a chunked body is known by its own look. */
  #isWhole(chunk: Buffer, length: number | null): boolean {
    if (length !== null) return this.#size >= length;
    this.#tail = (this.#tail + chunk.toString("latin1", Math.max(0, chunk.length - 5))).slice(-5);
    return this.#tail === "0\r\n\r\n";
  }
}

type Waiting = { reader: Reader; resolve: (reply: Reply) => void; reject: (error: Error) => void };

/**
 * One keep-alive connection with one request at a time. It does as little as an honest client can, because it
 * shares the machine with the server that it measures.
 */
export class Connection {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | null = null;
  #waiting: Waiting | null = null;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** Sends a request; rejects when the connection ends before the answer. */
  send({ method, path, headers, body }: Shot, keeps = false): Promise<Reply> {
    const length = body === undefined ? [] : [`content-length: ${Buffer.byteLength(body)}`];
    const lines = [`${method} ${path} HTTP/1.1`, `host: ${this.#host}`, ...headers, ...length, "", body ?? ""];
    return new Promise((resolve, reject) => {
      this.#waiting = { reader: new Reader(keeps), resolve, reject };
      this.#open().write(lines.join("\r\n"));
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #open(): Socket {
    if (this.#socket) return this.#socket;
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    const lose = (error: Error) => {
      socket.destroy();
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#waiting?.reject(error);
      this.#waiting = null;
    };
    socket.setTimeout(patience, () => lose(new Error(`no answer in ${patience / 1000} s`)));
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", lose);
    socket.on("close", () => lose(new Error("the server closed the connection")));
    this.#socket = socket;
    return socket;
  }

  #read(chunk: Buffer): void {
    const waiting = this.#waiting;
    const reply = waiting?.reader.read(chunk);
    if (!waiting || !reply) return;
    this.#waiting = null;
    if (waiting.reader.closes) this.close();
    waiting.resolve(reply);
  }
}
