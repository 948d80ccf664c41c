import { badRequest, errorBody, ScimError } from "@/lib/scim/error";
import type { Values } from "@/lib/scim/schema/schema";
import { cutText } from "@/lib/scim/text";
import type { BulkContext, BulkOperation, OperationAnswer, RunOperation } from "./operation";
import { findReferences, resolveReferences, resolveText, splitData } from "./references";

const patchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/** Operations that complete a created resource with references to resources that were created later. */
type Link = { index: number; path: string; operations: Values[]; names: string[] };

type State = "waiting" | "running" | "done";

/** One run of a Bulk request: the operations that ran, the resources created, and the references still to be added. */
export class Job {
  readonly #operations: readonly BulkOperation[];
  readonly #failOnErrors: number;
  readonly #base: string;
  readonly #requestId: string;
  readonly #run: RunOperation;
  readonly #states: State[];
  readonly #results: (Values | null)[];
  /** Ids of created resources by bulkId. */
  readonly #ids = new Map<string, string>();
  /** Indexes of the POSTs by bulkId. */
  readonly #makers = new Map<string, number>();
  readonly #names: string[];
  #links: Link[] = [];
  #errors = 0;

  constructor(operations: readonly BulkOperation[], failOnErrors: number, { base, requestId, run }: BulkContext) {
    this.#operations = operations;
    this.#failOnErrors = failOnErrors;
    this.#base = base;
    this.#requestId = requestId;
    this.#run = run;
    this.#states = operations.map(() => "waiting");
    this.#results = operations.map(() => null);
    for (const [index, { method, bulkId }] of operations.entries())
      if (method === "POST" && bulkId !== null) this.#makers.set(bulkId, index);
    this.#names = [...this.#makers.keys()].sort((left, right) => right.length - left.length);
  }

  get #isStopped(): boolean {
    return this.#errors >= this.#failOnErrors;
  }

  /** Runs all operations; returns the results of those that ran, in the order of the request. */
  async runAll(): Promise<Values[]> {
    for (const index of this.#operations.keys()) {
      if (this.#isStopped) break;
      await this.#runAt(index);
      await this.#link();
    }
    return this.#results.filter((result) => result !== null);
  }

  async #runAt(index: number): Promise<void> {
    const operation = this.#operations[index];
    if (!operation || this.#states[index] !== "waiting") return;
    this.#states[index] = "running";
    const { found, stray } = findReferences({ path: operation.path, data: operation.data }, this.#names);
    const names = [...found].filter((name) => name !== operation.bulkId || operation.method !== "POST");
    const refused = operation.why ?? this.#whyStray(operation, stray) ?? (await this.#prepare(names));
    if (this.#isStopped) return;
    if (refused) this.#finish(index, this.#refusal(refused));
    else await this.#runReady(index, operation, [...found]);
    this.#states[index] = "done";
  }

  #whyStray({ path }: BulkOperation, stray: string | null): ScimError | null {
    const isUnresolved = path.includes("bulkId:") && !this.#names.some((name) => path.endsWith(`bulkId:${name}`));
    const text = stray ?? (isUnresolved ? path : null);
    return text === null
      ? null
      : badRequest("invalidValue", `${JSON.stringify(cutText(text, 100))} refers to a bulkId that no POST here has.`);
  }

  /** Runs the referenced operations first. Returns the error of a reference that can't be resolved, or null. */
  async #prepare(names: readonly string[]): Promise<ScimError | null> {
    for (const name of names) {
      const maker = this.#makers.get(name) ?? -1;
      await this.#runAt(maker);
      if (this.#isStopped) return null;
      if (this.#states[maker] === "done" && !this.#ids.has(name))
        return new ScimError(409, undefined, `It refers to bulkId:${name}, which could not be made.`);
    }
    return null;
  }

  async #runReady(index: number, operation: BulkOperation, names: string[]): Promise<void> {
    const { method, bulkId, version } = operation;
    // An operation that is still running waits for this one, so they form a circle. Its references are added once both resources exist.
    const waiting = names.filter((name) => !this.#ids.has(name));
    const { data, later } =
      waiting.length > 0 ? splitData(operation.data, waiting) : { data: operation.data, later: [] };
    const path = resolveText(operation.path, this.#ids, true);
    const answer = await this.#run({ method, path, data: resolveReferences(data, this.#ids), ifMatch: version });
    const made = answer.location?.slice(answer.location.lastIndexOf("/") + 1);
    if (method === "POST" && bulkId !== null && answer.status < 300 && made) {
      this.#ids.set(bulkId, made);
      if (later.length > 0)
        this.#links.push({ index, path: `${path.replace(/\/+$/, "")}/${made}`, operations: later, names: waiting });
    }
    this.#finish(index, answer, method === "POST" ? undefined : this.#addressOf(path));
  }

  #addressOf(path: string): string {
    return `${this.#base}/${path.replace(/^\/+/, "")}`;
  }

  /** Adds the missing references of a circle, once the other resource exists or has failed. */
  async #link(): Promise<void> {
    const ready = this.#links.filter(({ names }) => names.every((name) => this.#isSettled(name)));
    this.#links = this.#links.filter((link) => !ready.includes(link));
    for (const { index, path, operations, names } of ready) {
      if (this.#isStopped) return;
      const missing = names.find((name) => !this.#ids.has(name));
      const data = { schemas: [patchOp], Operations: resolveReferences(operations, this.#ids) };
      const answer =
        missing === undefined
          ? await this.#run({ method: "PATCH", path, data, ifMatch: null })
          : this.#refusal(
              new ScimError(409, undefined, `It was made, but bulkId:${missing}, to which it refers, was not.`),
            );
      if (answer.status >= 300) this.#finish(index, answer, this.#addressOf(path));
      else this.#retag(index, answer.etag);
    }
  }

  #isSettled(name: string): boolean {
    return this.#states[this.#makers.get(name) ?? -1] === "done";
  }

  #finish(index: number, { status, etag, location, body }: OperationAnswer, address?: string): void {
    const operation = this.#operations[index];
    const where = location ?? address;
    if (status >= 300) this.#errors++;
    this.#results[index] = {
      method: operation?.method,
      ...(operation?.bulkId != null && { bulkId: operation.bulkId }),
      ...(etag !== null && { version: etag }),
      ...(where !== undefined && { location: where }),
      status: String(status),
      ...(status >= 300 && body !== null && { response: body }),
    };
  }

  #retag(index: number, etag: string | null): void {
    const result = this.#results[index];
    if (result && etag !== null) result.version = etag;
  }

  #refusal(error: ScimError): OperationAnswer {
    return { status: error.status, etag: null, location: null, body: errorBody(error, this.#requestId) };
  }
}
