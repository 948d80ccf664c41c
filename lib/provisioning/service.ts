import { inRequest, log, newRequestId } from "@/lib/log";
import { parseBody } from "@/lib/scim/body";
import { errorBody, isScimError, ScimError } from "@/lib/scim/error";
import { maxCount } from "@/lib/scim/list";
import { accessOf, findRoute, type Route, segmentsOf } from "@/lib/scim/route";
import { endpointsOf, runRoute, type ScimAnswer, type Service } from "@/lib/scim/service";
import { findTokenHolder, findTokenOwner, type TokenHolder } from "@/lib/workspace/access-tokens";
import { isRefusal } from "@/lib/workspace/refusal";
import { allows } from "@/lib/workspace/scopes";
import type { Caller } from "./caller";
import { groupStore } from "./groups";
import { waitForAddress, waitForToken } from "./rate-limit";
import { toScimError } from "./refusals";
import { addToRequestLog, redact } from "./request-log";
import { scimBase, userStore } from "./users";

/** A request as a door hands it over: nothing of it was trusted or read yet. */
export type DoorRequest = {
  method: string;
  /** What follows `/scim/v2`, as it was sent. */
  path: string;
  /** What follows the question mark, or "". */
  query: string;
  /** By lower-case name. */
  header: (name: string) => string | undefined;
  /** The client's address. */
  address: string;
  /** Reads the body; rejects with `tooLarge` beyond the limit. */
  readBody: (limit: number) => Promise<Uint8Array>;
};

export type DoorAnswer = { status: number; headers: Record<string, string>; body: string | null };

/** Bytes of a body (DESIGN §5 "Limits"). */
const maxBody = 1_048_576;

const stores = [userStore, groupStore];
const endpoints = endpointsOf(stores);
const features = { sort: false, bulk: null, maxResults: maxCount };

export function tooLarge(limit: number): ScimError {
  return new ScimError(
    413,
    undefined,
    `The request is larger than ${limit} bytes. Send the changes in several requests.`,
  );
}

/** What is known of a request while it runs; the log reads it at the end. */
type Trace = {
  requestId: string;
  started: number;
  holder: TokenHolder | null;
  owner: { workspaceId: string; tokenId: string; connectionId: string | null } | null;
  body: Uint8Array | null;
  caller: Caller | null;
};

/** Answers a SCIM request: authenticate, check plan, rate and scope, read the body, run, render, log. Never throws. */
export function answerScim(request: DoorRequest): Promise<DoorAnswer> {
  const trace: Trace = {
    requestId: newRequestId(),
    started: performance.now(),
    holder: null,
    owner: null,
    body: null,
    caller: null,
  };
  return inRequest(trace.requestId, async () => {
    let answer: ScimAnswer;
    let error: ScimError | null = null;
    try {
      answer = await run(request, trace);
    } catch (thrown) {
      error = asScimError(thrown);
      answer = {
        status: error.status,
        headers: error.headers,
        body: { ...errorBody(error), requestId: trace.requestId },
      };
    }
    const door = render(answer, trace.requestId);
    writeLog(request, trace, door, error);
    return door;
  });
}

/** The order of checks of DESIGN §5 "The wire". */
async function run(request: DoorRequest, trace: Trace): Promise<ScimAnswer> {
  const segments = segmentsOf(request.path);
  const route = tryRoute(request.method, segments);
  const isOpen = !isScimError(route) && accessOf(route) === "nothing" && request.header("authorization") === undefined;
  if (isOpen) return runRoute(service(), route, toScim(request, undefined), anonymous(), { notes: [], strict: false });
  const holder = await authenticate(request, trace);
  if (isScimError(route)) throw route;
  checkPlan(holder, route);
  checkRate(holder);
  checkScope(holder, route);
  const caller = callerOf(holder, trace);
  trace.caller = caller;
  const body = await readJson(request, route, trace);
  const reading = { notes: caller.notes, strict: holder.strictProfile };
  return runRoute(service(), route, toScim(request, body), caller, reading);
}

function service(): Service<Caller> {
  return { stores, features, base: scimBase() };
}

function tryRoute(method: string, segments: string[]): Route | ScimError {
  try {
    return findRoute(method, segments, endpoints);
  } catch (error) {
    if (isScimError(error)) return error; // told after the token was checked
    throw error;
  }
}

/** `Bearer` in any case, the bare token, or Basic with the token as user name (DESIGN §5). */
function tokenOf(header: string | undefined): string | null {
  const [first = "", second] = (header ?? "").trim().split(/\s+/, 2);
  if (second === undefined) return first === "" ? null : first;
  if (first.toLowerCase() === "bearer") return second;
  if (first.toLowerCase() !== "basic") return null;
  return Buffer.from(second, "base64").toString("utf8").split(":", 1)[0] ?? null;
}

async function authenticate(request: DoorRequest, trace: Trace): Promise<TokenHolder> {
  const token = tokenOf(request.header("authorization"));
  const holder = token === null ? null : await findTokenHolder(token);
  if (holder) {
    trace.holder = holder;
    return holder;
  }
  const wait = waitForAddress(request.address);
  if (wait > 0) throw slowDown(wait, "Too many requests with a wrong token came from this address.");
  trace.owner = token === null ? null : await findTokenOwner(token);
  const detail =
    token === null
      ? "Send the access token in the Authorization header: Bearer, a space, the token."
      : "The access token is not known, was revoked or has expired. Make a new one under Workspace settings → Developers and paste it into your identity provider.";
  throw new ScimError(401, undefined, detail, { "www-authenticate": 'Bearer realm="scim"' });
}

/** ServiceProviderConfig is told to everybody; everything else needs the plan and the switch. */
function checkPlan(holder: TokenHolder, route: Route): void {
  if (route.kind === "config") return;
  if (holder.plan !== "enterprise") {
    throw new ScimError(
      403,
      undefined,
      `Provisioning is not part of the ${holder.plan} plan. Change the plan of the workspace.`,
    );
  }
  if (!holder.scimEnabled) {
    throw new ScimError(
      403,
      undefined,
      "Provisioning is switched off for this workspace: Workspace settings → Security → User provisioning (SCIM).",
    );
  }
}

function slowDown(seconds: number, detail: string): ScimError {
  return new ScimError(429, undefined, `${detail} Try again in ${Math.ceil(seconds)} s.`, {
    "retry-after": String(Math.ceil(seconds)),
  });
}

function checkRate(holder: TokenHolder): void {
  const wait = waitForToken(holder.tokenId, 1);
  if (wait > 0) throw slowDown(wait, "Requests come faster than allowed.");
}

function checkScope(holder: TokenHolder, route: Route): void {
  const access = accessOf(route);
  if (access === "nothing") return;
  const scope = access === "read" ? "user_management:read" : "user_management:read-write";
  if (allows(holder.scopes, scope)) return;
  const may = allows(holder.scopes, "user_management:read") ? "read members but not change them" : "not read members";
  throw new ScimError(
    403,
    undefined,
    `This token may ${may}. Give it User Management: ${access === "read" ? "Read" : "Read-write"} under Developers.`,
    {
      "x-required-scope": scope,
    },
  );
}

function callerOf(holder: TokenHolder, trace: Trace): Caller {
  const { workspaceId, tokenId, name, connectionId } = holder;
  return {
    actor: { workspaceId, kind: "token", id: tokenId, name, connectionId, requestId: trace.requestId },
    effect: null,
    notes: [],
  };
}

/** ServiceProviderConfig without a token belongs to nobody. */
function anonymous(): Caller {
  return { actor: { workspaceId: "", kind: "token", id: null, name: "" }, effect: null, notes: [] };
}

const withBody = new Set<Route["kind"]>(["create", "replace", "patch"]);

async function readJson(request: DoorRequest, route: Route, trace: Trace): Promise<unknown> {
  if (!withBody.has(route.kind)) return undefined;
  if (Number(request.header("content-length") ?? 0) > maxBody) throw tooLarge(maxBody);
  const encoding = request.header("content-encoding") ?? "identity";
  if (encoding !== "identity")
    throw new ScimError(415, undefined, `Send the body as it is, not ${encoding.slice(0, 40)}.`);
  trace.body = await request.readBody(maxBody);
  return parseBody(trace.body, request.header("content-type"));
}

function toScim(request: DoorRequest, body: unknown) {
  return { query: request.query, header: request.header, body };
}

/** Errors of the database that say "not now": connection, shutdown, too many clients, lock and statement timeouts. */
const notNow = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "57P01",
  "57P02",
  "57P03",
  "53300",
  "55P03",
  "57014",
  "08006",
  "08001",
  "40P01",
  "40001",
]);

function asScimError(error: unknown): ScimError {
  if (isScimError(error)) return error;
  if (isRefusal(error)) return toScimError(error);
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  log().error({ err: error }, "SCIM request failed");
  if (notNow.has(code ?? "") || /timeout exceeded when trying to connect|Connection terminated/.test(message ?? "")) {
    return new ScimError(
      503,
      undefined,
      "The service can't reach its database just now. Nothing was changed; try again.",
      { "retry-after": "2" },
    );
  }
  return new ScimError(
    500,
    undefined,
    "Something went wrong on our side. Nothing was changed; give the request id to your operator.",
  );
}

function render(answer: ScimAnswer, requestId: string): DoorAnswer {
  const headers: Record<string, string> = {
    ...answer.headers,
    "x-request-id": requestId,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
  if (answer.body === null) return { status: answer.status, headers, body: null };
  const body = JSON.stringify(answer.body);
  headers["content-type"] = "application/scim+json";
  headers["content-length"] = String(Buffer.byteLength(body));
  return { status: answer.status, headers, body };
}

/** Every request of a known token is logged, also one that was refused; bodies of reads are not kept. */
function writeLog(request: DoorRequest, trace: Trace, answer: DoorAnswer, error: ScimError | null): void {
  const durationMs = performance.now() - trace.started;
  log().debug({ method: request.method, path: request.path, status: answer.status, ms: durationMs }, "scim");
  const owner = trace.holder ?? trace.owner;
  if (owner === null) return;
  const isKept = request.method !== "GET" || error !== null;
  addToRequestLog({
    workspaceId: owner.workspaceId,
    tokenId: owner.tokenId,
    connectionId: owner.connectionId,
    requestId: trace.requestId,
    at: new Date(Date.now() - durationMs),
    durationMs,
    ...asked(request),
    status: answer.status,
    requestBody: trace.body && redact(Buffer.from(trace.body).toString("utf8")),
    responseBody: isKept ? redact(answer.body) : null,
    ...told(trace.caller, error),
  });
}

/** Entra sends no User-Agent, but a header of its own (entra.md §1.1). */
function agentOf(request: DoorRequest): string | null {
  const agent = request.header("user-agent")?.slice(0, 300);
  return agent ?? (request.header("adscimversion") === undefined ? null : "Microsoft Entra ID");
}

function asked(request: DoorRequest) {
  return {
    method: request.method.slice(0, 16),
    path: `/scim/v2${request.path}`.slice(0, 1_000),
    query: request.query === "" ? null : request.query.slice(0, 3_000),
    agent: agentOf(request),
    address: request.address,
  };
}

function told(caller: Caller | null, error: ScimError | null) {
  const notes = caller?.notes ?? [];
  if (error === null) return { effect: caller?.effect ?? null, notes, scimType: null, detail: null };
  return { effect: null, notes, scimType: error.scimType ?? null, detail: error.message };
}
