import { Connection, type Reply, type Shot } from "./connection";
import type { BenchWorkspace } from "./seed";

/** A SCIM request of a workspace's identity provider; `path` follows `/scim/v2`. */
export function scimShot(token: string, method: string, path: string, body?: unknown): Shot {
  const headers = [
    `authorization: Bearer ${token}`,
    ...(body === undefined ? [] : ["content-type: application/scim+json"]),
  ];
  return { method, path: `/scim/v2${path}`, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
}

export function lookupPath(userName: string): string {
  return `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`;
}

export function newUser(userName: string): Record<string, unknown> {
  return {
    schemas: [
      "urn:ietf:params:scim:schemas:core:2.0:User",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ],
    userName,
    externalId: userName,
    active: true,
    displayName: "Ada Osei",
    name: { givenName: "Ada", familyName: "Osei", formatted: "Ada Osei" },
    emails: [{ value: userName, type: "work", primary: true }],
    title: "Engineer",
    phoneNumbers: [{ value: "+44 20 7946 0000", type: "work" }],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { employeeNumber: "1", department: "Ledger" },
  };
}

export function patchOf(...operations: Record<string, unknown>[]): Record<string, unknown> {
  return { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: operations };
}

export type Timed = Reply & { ms: number };

/** A client for one request after the other; what has no expected status ends the part. */
export class ScimClient {
  readonly #connection: Connection;
  readonly #token: string;

  constructor(url: string, workspace: BenchWorkspace) {
    this.#connection = new Connection(url);
    this.#token = workspace.token;
  }

  /** The answer and how long it took; the body only when `keeps`. */
  async time(method: string, path: string, body?: unknown, keeps = false): Promise<Timed> {
    const shot = scimShot(this.#token, method, path, body);
    const started = performance.now();
    const reply = await this.#connection.send(shot, keeps);
    const ms = performance.now() - started;
    if (reply.status >= 200 && reply.status < 300) return { ...reply, ms };
    throw new Error(`${method} ${path}: ${reply.status} ${reply.text ?? ""}`);
  }

  /** The body of a read. */
  async read<Body>(path: string): Promise<Body> {
    const { text } = await this.time("GET", path, undefined, true);
    return JSON.parse(text ?? "") as Body;
  }

  close(): void {
    this.#connection.close();
  }
}
