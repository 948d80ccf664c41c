import { isDatabaseAway } from "@/lib/database/trouble";
import { env } from "@/lib/env";
import { hasTime, Overdue } from "@/lib/limits/time-limit";
import { newRequestId } from "@/lib/log";
import { cursorSeal } from "@/lib/provisioning/pages/cursor-seal";
import { isGivenUp } from "@/lib/provisioning/pages/patience";
import { builtIn, findRegistry, type Registry } from "@/lib/provisioning/resources/registry";
import { findRoot } from "@/lib/provisioning/resources/root";
import { scimBase } from "@/lib/provisioning/resources/scim-base";
import type { RunOperation } from "@/lib/scim/bulk/operation";
import type { Features } from "@/lib/scim/discovery";
import { errorBody, isScimError, ScimError } from "@/lib/scim/error";
import type { ScimAnswer } from "@/lib/scim/exchange";
import { isObject } from "@/lib/scim/json";
import { member } from "@/lib/scim/message";
import { cursorTimeout } from "@/lib/scim/query/cursor";
import { encode } from "@/lib/scim/query/lazy-list";
import { defaultCount, maxCount } from "@/lib/scim/query/list";
import { parseBody } from "@/lib/scim/resource/body";
import { accessOf, findRoute, type Route, segmentsOf } from "@/lib/scim/route";
import { runRoute } from "@/lib/scim/service";
import type { Service } from "@/lib/scim/store";
import { cutText } from "@/lib/text";
import { isStaleToken } from "@/lib/workspace/access/live-token";
import type { TokenHolder } from "@/lib/workspace/access/token-holder";
import type { RememberedToken } from "@/lib/workspace/actor";
import { isRefusal } from "@/lib/workspace/refusal";
import { type AdapterAnswer, type AdapterRequest, tooLarge } from "./adapter";
import { authenticate, recallHolder, tokenOf } from "./authenticate";
import { checkPlan, checkRate, checkScope } from "./authorize";
import type { Caller } from "./caller";
import { asScimError } from "./errors";
import { counted, noteText } from "./large-answers";
import { type Trace, writeLog } from "./trace";

/** The most bytes of a body (D-81). */
const maxBody = 1_048_576;

const features: Features = {
  get documentationUri() {
    return `${env().MUSTER_URL}/docs/scim.html`; // public/docs/scim.html
  },
  sort: true,
  bulk: { maxOperations: 1_000, maxPayloadSize: maxBody },
  maxResults: maxCount,
  pagination: { defaultPageSize: defaultCount, maxPageSize: maxCount, cursorTimeout },
};

/** Answers a SCIM request: authenticate, check plan, rate and scope, read the body, run, render, log. Never throws. */
export async function answerScim(request: AdapterRequest): Promise<AdapterAnswer> {
  const trace: Trace = {
    requestId: newRequestId(),
    started: performance.now(),
    holder: null,
    owner: null,
    reading: null,
    body: null,
    caller: null,
    isCounted: false,
    secrets: builtIn.secrets,
    address: request.address,
  };
  let answer: ScimAnswer;
  let error: ScimError | null = null;
  try {
    answer = await run(request, trace);
  } catch (thrown) {
    error = asScimError(thrown);
    answer = refusal(error, trace);
  }
  const adapter = render(answer, trace.requestId);
  writeLog(request, trace, adapter, error);
  return request.method === "HEAD" ? { ...adapter, body: null } : adapter;
}

function refusal(error: ScimError, { requestId }: Trace): ScimAnswer {
  return { status: error.status, headers: error.headers, body: errorBody(error, requestId) };
}

/** Routes that prove a cached token in passing: a read in the statement that answers it, a write under its lock. */
const proving = new Set<Route["kind"]>(["list", "read", "create", "replace", "patch", "delete"]);

/** Runs the checks in their order (D-62). */
async function run(request: AdapterRequest, trace: Trace): Promise<ScimAnswer> {
  const method = request.method === "HEAD" ? "GET" : request.method;
  const segments = segmentsOf(request.path);
  const route = tryRoute(method, segments);
  const isOpen = !isScimError(route) && accessOf(route) === "nothing" && request.header("authorization") === undefined;
  if (isOpen)
    return runRoute(serviceOf(builtIn, null, trace), route, toScim(request, undefined, trace), anonymous(), {
      notes: [],
      strict: false,
    });
  const token = tokenOf(request.header("authorization"));
  if (!isScimError(route) && proving.has(route.kind)) {
    const answer = await runRemembered(token, request, route, trace);
    if (answer) return answer;
  }
  const holder = await authenticate(token, request, trace);
  if (isScimError(route)) {
    checkPlan(holder, null);
    throw route;
  }
  return pass(request, route, holder, callerOf(holder, trace), trace);
}

/**
 * Whether outdated cached data may explain an error: the token, its scopes, or the workspace's switches or schemas may have changed. If the
 * database gave up or was too busy, trying again would only repeat that.
 */
function isExplained(error: unknown): boolean {
  return isStaleToken(error) || (isScimError(error) && !isGivenUp(error)) || isRefusal(error);
}

/** Tries with the cached token holder. Null if there is none, or if no statement has proven it; then nothing has happened yet. */
async function runRemembered(
  token: string | null,
  request: AdapterRequest,
  route: Route,
  trace: Trace,
): Promise<ScimAnswer | null> {
  const holder = recallHolder(token);
  if (!holder) return null;
  const { tokenVersion, settingsVersion, until } = holder;
  const remembered = { tokenVersion, settingsVersion, until, isProven: false };
  const caller = callerOf(holder, trace, remembered);
  trace.holder = holder;
  const answer = await pass(request, route, holder, caller, trace).catch(async (error: unknown) => {
    if (remembered.isProven) throw error;
    if (isExplained(error)) return null;
    if (isDatabaseAway(error)) throw error; // the database would keep it waiting another two seconds in vain
    await authenticate(token, request, trace); // a caller who is no longer valid learns nothing else
    throw error;
  });
  if (answer && remembered.isProven) return answer;
  if (answer && accessOf(route) === "write") throw new Error("A write has ended without proving its token.");
  trace.holder = null;
  return null;
}

/** Checks plan, rate and scope, reads the body, and runs the operation. */
async function pass(
  request: AdapterRequest,
  route: Route,
  holder: TokenHolder,
  caller: Caller,
  trace: Trace,
): Promise<ScimAnswer> {
  trace.caller = caller;
  checkPlan(holder, route);
  countOperations(holder, trace, 1);
  checkScope(holder, route);
  const registry = await findRegistry(holder);
  trace.secrets = registry.secrets;
  const body = await readJson(request, route, trace);
  if (route.kind === "bulk") checkRate(holder, Math.max(0, operationsIn(body) - 1));
  const reading = { notes: caller.notes, strict: holder.strictProfile };
  return runRoute(serviceOf(registry, holder, trace), route, toScim(request, body, trace), caller, reading);
}

/** Counts a request once, even if it is tried twice. */
function countOperations(holder: TokenHolder, trace: Trace, operations: number): void {
  if (trace.isCounted) return;
  checkRate(holder, operations);
  trace.isCounted = true;
}

/** How many operations a Bulk request will run. If it isn't valid or too long it is rejected later. */
function operationsIn(body: unknown): number {
  const operations = isObject(body) ? member(body, "operations") : null;
  return Array.isArray(operations) && operations.length <= features.bulk.maxOperations ? operations.length : 0;
}

function serviceOf({ stores }: Registry, holder: TokenHolder | null, trace: Trace): Service<Caller> {
  const service: Service<Caller> = {
    stores,
    features,
    base: scimBase(),
    listAll: findRoot,
    seal: cursorSeal,
    operate: (caller) => operate(service, caller, holder, trace),
  };
  return service;
}

/** Runs the operations of a Bulk request, each authorised and logged as if it were a single request (K9). */
function operate(service: Service<Caller>, { actor }: Caller, holder: TokenHolder | null, trace: Trace): RunOperation {
  return async ({ method, path, data, ifMatch }) => {
    const caller: Caller = { actor, effect: null, notes: [] };
    const own: Trace = {
      ...trace,
      started: performance.now(),
      caller,
      body: data === undefined ? null : Buffer.from(JSON.stringify(data)),
    };
    const request = {
      method,
      path,
      query: "",
      header: (name: string) => (name === "if-match" ? (ifMatch ?? undefined) : undefined),
    };
    let answer: ScimAnswer;
    let error: ScimError | null = null;
    try {
      if (!hasTime()) throw new Overdue();
      const route = findRoute(method, segmentsOf(path), builtIn.endpoints);
      if (holder) checkScope(holder, route);
      const reading = { notes: caller.notes, strict: holder?.strictProfile ?? false };
      answer = await runRoute(service, route, toScim(request, data, trace), caller, reading);
    } catch (thrown) {
      error = asScimError(thrown);
      answer = refusal(error, trace);
    }
    writeLog({ ...request, address: trace.address }, own, render(answer, trace.requestId), error);
    const { status, headers, body } = answer;
    return { status, etag: headers.etag ?? null, location: headers.location ?? null, body };
  };
}

function tryRoute(method: string, segments: string[]): Route | ScimError {
  try {
    return findRoute(method, segments, builtIn.endpoints);
  } catch (error) {
    if (isScimError(error)) return error; // thrown only after the token was checked
    throw error;
  }
}

function callerOf(holder: TokenHolder, trace: Trace, remembered?: RememberedToken): Caller {
  const { workspaceId, tokenId, name, connectionId } = holder;
  return {
    actor: {
      workspaceId,
      kind: "token",
      id: tokenId,
      name,
      connectionId,
      requestId: trace.requestId,
      ...(remembered && { remembered }),
    },
    effect: null,
    notes: [],
  };
}

/** ServiceProviderConfig without a token has no owner. */
function anonymous(): Caller {
  return { actor: { workspaceId: "", kind: "token", id: null, name: "" }, effect: null, notes: [] };
}

const withBody = new Set<Route["kind"]>(["create", "search", "searchAll", "bulk", "replace", "patch"]);

async function readJson(request: AdapterRequest, route: Route, trace: Trace): Promise<unknown> {
  if (!withBody.has(route.kind)) return undefined;
  if (Number(request.header("content-length") ?? 0) > maxBody) throw tooLarge(maxBody);
  const encoding = request.header("content-encoding") ?? "identity";
  if (encoding !== "identity")
    throw new ScimError(415, undefined, `Send the body as it is, not ${cutText(encoding, 40)}.`);
  trace.reading ??= request.readBody(maxBody); // once, even if the request is tried twice
  trace.body = await trace.reading;
  return parseBody(trace.body, request.header("content-type"));
}

function toScim({ query, header }: Pick<AdapterRequest, "query" | "header">, body: unknown, { requestId }: Trace) {
  return { id: requestId, query, header, body };
}

function render(answer: ScimAnswer, requestId: string): AdapterAnswer {
  const headers: Record<string, string> = {
    ...answer.headers,
    "x-request-id": requestId,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
  if (answer.body === null) return { status: answer.status, headers, body: null };
  const body = encode(answer.body);
  headers["content-type"] = "application/scim+json";
  if (typeof body !== "string") return { status: answer.status, headers, body: counted(body) };
  noteText(body);
  headers["content-length"] = String(Buffer.byteLength(body));
  return { status: answer.status, headers, body };
}
