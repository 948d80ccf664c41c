import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { CheckFailed, codeOf } from "@/e2e/idp/entra/failure";
import type { Knobs } from "@/e2e/idp/entra/knobs";
import { isRecord, type Resource } from "./resource";

export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: unknown };

/** A secret, or a way to one that is fetched when it is needed. */
export type Token = string | (() => Promise<string>);

/** How a tenant's client behaves, besides what it says. */
type Habits = Pick<Knobs, "userAgent" | "honourRetryAfter"> & { wait: (milliseconds: number) => Promise<void> };

/** A request as it was sent, with the status of its answer. */
export type Sent = { method: string; path: string; body: unknown; status: number };

const listSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const errorSchema = "urn:ietf:params:scim:api:messages:2.0:Error";

/** Entra's HTTP client: a bearer token, no User-Agent, no Content-Type on reads; every answer is checked strictly. */
export class Wire {
  requests = 0;
  writes = 0;
  checks = 0;
  /** Is told of each request that was answered. */
  onAnswer: ((sent: Sent) => void) | null = null;
  readonly #base: URL;
  readonly #token: Token;
  readonly #flag: boolean;
  readonly #habits: Habits;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(tenantUrl: string, token: Token, flag: boolean, habits: Partial<Habits> = {}) {
    this.#base = new URL(tenantUrl);
    this.#token = token;
    this.#flag = flag;
    this.#habits = { userAgent: "omit", honourRetryAfter: false, wait, ...habits };
    const options = { keepAlive: true, maxSockets: 64 };
    this.#agent = this.#base.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Fails the run when `holds` is false, in the words of `promise`. */
  check(holds: boolean, promise: string): void {
    if (!holds) throw new CheckFailed(promise);
    this.checks++;
  }

  /** One request; `path` begins with a slash and may have a query. */
  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const text = body === undefined ? null : JSON.stringify(body);
    for (let attempt = 1; ; attempt++) {
      this.requests++;
      if (method !== "GET") this.writes++;
      const answer = await this.#exchange(method, this.#target(path), text);
      this.onAnswer?.({ method, path, body, status: answer.status });
      this.#checkEnvelope(method, path, answer);
      const seconds = Number(answer.headers["retry-after"]);
      const waits = answer.status === 429 && this.#habits.honourRetryAfter && Number.isFinite(seconds) && attempt < 5;
      if (!waits) return answer;
      await this.#habits.wait(seconds * 1000);
    }
  }

  /** The Tenant URL may end in a slash, and may have a query part of its own. */
  #target(path: string): string {
    const [route = "", query] = path.split("?");
    const queries = [query, this.#flag ? "aadOptscim062020" : undefined, this.#base.search.slice(1)];
    const told = queries.filter(Boolean).join("&");
    return `${this.#base.pathname.replace(/\/+$/, "")}${route}${told === "" ? "" : `?${told}`}`;
  }

  async #exchange(method: string, path: string, body: string | null): Promise<Answer> {
    const send = this.#base.protocol === "https:" ? httpsRequest : httpRequest;
    const token = typeof this.#token === "string" ? this.#token : await this.#token();
    const headers: Record<string, string | number> = { authorization: `Bearer ${token}`, adscimversion: "5.0" };
    if (this.#habits.userAgent === "present") headers["user-agent"] = "Azure AD SCIM Client";
    if (body !== null) {
      headers["content-type"] = "application/scim+json; charset=utf-8";
      headers["content-length"] = Buffer.byteLength(body);
    }
    return new Promise((resolve, reject) => {
      const options = {
        hostname: this.#base.hostname,
        port: this.#base.port,
        method,
        path,
        headers,
        agent: this.#agent,
      };
      const request = send(options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", (error) => reject(new CheckFailed(`${method} ${path}: ${error.message}`, "NoConnection")));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parse(text) });
        });
      });
      const late = new CheckFailed(`${method} ${path}: no answer in 60 s`, "Timeout");
      request.setTimeout(60_000, () => request.destroy(late));
      request.on("error", (error) =>
        reject(error === late ? late : new CheckFailed(`${method} ${path}: ${error.message}`, "NoConnection")),
      );
      request.end(body ?? undefined);
    });
  }

  #checkEnvelope(method: string, path: string, { status, headers, body }: Answer): void {
    const where = `${method} ${path} → ${status}`;
    this.check(status < 300 || status >= 400, `${where}: redirects are never followed`);
    if (status === 204 || status === 304) return;
    this.check(
      String(headers["content-type"]).includes("scim+json"),
      `${where}: Content-Type is ${headers["content-type"]}`,
    );
    this.check(isRecord(body), `${where}: the body is not a JSON object`);
    if (status >= 400 && isRecord(body)) {
      this.check(Array.isArray(body.schemas) && body.schemas.includes(errorSchema), `${where}: not a SCIM error`);
      this.check(body.status === String(status), `${where}: status in the error must be the text "${status}"`);
    }
  }

  /** A filtered read: 200 with a list response, whatever it finds. */
  async list(path: string): Promise<Resource[]> {
    const { status, body } = await this.send("GET", path);
    const where = `GET ${path}`;
    if (status !== 200) {
      throw new CheckFailed(
        `${where}: a list answers 200, not ${status}`,
        status === 404 ? "Incompatible" : codeOf(status),
      );
    }
    const list = body as Resource;
    this.check(Array.isArray(list.schemas) && list.schemas.includes(listSchema), `${where}: not a ListResponse`);
    this.check(Number.isInteger(list.totalResults), `${where}: totalResults must be an integer`);
    const resources = (list.Resources ?? []) as Resource[];
    this.check(Array.isArray(resources) && (list.totalResults === 0 || resources.length > 0), `${where}: no Resources`);
    if (!/^\/(Users|Groups)\b/.test(path)) return resources;
    for (const resource of resources) this.checkResource(where, resource, path.includes("excludedAttributes=members"));
    return resources;
  }

  /** Shape of a resource: what Entra's deserializer insists on. */
  checkResource(where: string, resource: Resource, withoutMembers: boolean): void {
    const ok = (holds: boolean, promise: string) => this.check(holds, `${where}: ${promise}`);
    ok(typeof resource.id === "string" && resource.id !== "", "id must be a text");
    ok(Array.isArray(resource.schemas), "schemas must be a list");
    if (withoutMembers) ok(!("members" in resource), "members were excluded and came all the same");
    if ("active" in resource) ok(typeof resource.active === "boolean", "active must be a boolean");
    if ("name" in resource) ok(isRecord(resource.name), "name must be an object");
    for (const list of ["emails", "phoneNumbers", "addresses", "roles", "members"]) {
      if (list in resource) ok(Array.isArray(resource[list]), `${list} must be a list`);
    }
    const extension = resource["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"];
    if (isRecord(extension) && "manager" in extension) ok(isRecord(extension.manager), "manager must be an object");
    ok(!Object.values(resource).includes(null), "null is not a value");
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function parse(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text; // HTML and the like: the envelope check says so
  }
}
