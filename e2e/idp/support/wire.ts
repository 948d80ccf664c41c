import { Agent, request } from "node:http";

/** A JSON object as it travels. */
export type Json = Record<string, unknown>;

export type Answer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Json;
  text: string;
};

/** What an identity provider would call broken, in its own words. */
class Broken extends Error {}

type Options = { body?: unknown; headers?: Record<string, string> };

/** A plain HTTP client: what it is given travels as it is, the path included. */
export class Wire {
  readonly #base: URL;
  readonly #headers: Record<string, string>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  /** Requests so far, as `METHOD path`. */
  readonly sent: string[] = [];

  constructor(base: string, headers: Record<string, string>) {
    this.#base = new URL(base);
    this.#headers = headers;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Where the server is. */
  get base(): string {
    return this.#base.href;
  }

  /** A header that goes with every request. */
  header(name: string): string | undefined {
    return this.#headers[name];
  }

  /** The same server with other headers of the client's own. */
  with(headers: Record<string, string>): Wire {
    return new Wire(this.#base.href, { ...this.#headers, ...headers });
  }

  async send(method: string, path: string, { body, headers = {} }: Options = {}): Promise<Answer> {
    this.sent.push(`${method} ${path}`);
    const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
    const length: Record<string, string> = text === null ? {} : { "content-length": String(Buffer.byteLength(text)) };
    const options = {
      hostname: this.#base.hostname,
      port: this.#base.port,
      method,
      path: this.#base.pathname.replace(/\/$/, "") + path,
      headers: { ...this.#headers, ...headers, ...length },
      agent: this.#agent,
    };
    return new Promise((resolve, reject) => {
      const call = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const all = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parse(all), text: all });
        });
      });
      call.on("error", reject);
      call.end(text ?? undefined);
    });
  }

  /** Sends, and insists on one of these statuses. */
  async expect(
    statuses: number | readonly number[],
    method: string,
    path: string,
    options: Options = {},
  ): Promise<Answer> {
    const answer = await this.send(method, path, options);
    const wanted = [statuses].flat();
    if (wanted.includes(answer.status)) return answer;
    throw new Broken(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 300)}, wanted ${wanted.join(" or ")}`);
  }

  /** A list: 200, the right message, whole numbers, and as many rows as it says. */
  async list(path: string, options: Options = {}): Promise<{ total: number; resources: Json[] }> {
    const { body } = await this.expect(200, "GET", path, options);
    const resources = (body.Resources ?? []) as Json[];
    check(isList(body.schemas, "urn:ietf:params:scim:api:messages:2.0:ListResponse"), `${path}: not a ListResponse`);
    for (const name of ["totalResults", "startIndex", "itemsPerPage"]) {
      check(Number.isInteger(body[name]), `${path}: ${name} is ${JSON.stringify(body[name])}`);
    }
    check(body.itemsPerPage === resources.length, `${path}: itemsPerPage is not the number of rows`);
    return { total: Number(body.totalResults), resources };
  }
}

/** Fails the conversation when `holds` is false. */
export function check(holds: boolean, promise: string): void {
  if (!holds) throw new Broken(promise);
}

export function isList(value: unknown, entry: string): boolean {
  return Array.isArray(value) && value.includes(entry);
}

/** The error of SCIM: its schema, the status as text, and a detail. */
export function checkError({ status, body }: Answer): void {
  check(isList(body.schemas, "urn:ietf:params:scim:api:messages:2.0:Error"), `${status}: not a SCIM error`);
  check(body.status === String(status), `${status}: status is ${JSON.stringify(body.status)}`);
  check(typeof body.detail === "string" && body.detail !== "", `${status}: no detail`);
}

function parse(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
