import { inRequest, log, newRequestId } from "@/lib/log";
import { parseBody } from "@/lib/scim/body";
import { errorBody, isScimError, ScimError } from "@/lib/scim/error";
import { maxCount } from "@/lib/scim/list";
import { accessOf, findRoute, type Route, segmentsOf } from "@/lib/scim/route";
import { endpointsOf, runRoute, type ScimAnswer, type Service } from "@/lib/scim/service";
import type { TokenHolder } from "@/lib/workspace/access-tokens";
import { isRefusal } from "@/lib/workspace/refusal";
import type { Caller } from "./caller";
import { type DoorAnswer, type DoorRequest, tooLarge } from "./door";
import { authenticate, checkPlan, checkRate, checkScope } from "./gate";
import { groupStore } from "./groups";
import { toScimError } from "./refusals";
import { type Trace, writeLog } from "./trace";
import { scimBase, userStore } from "./users";

/** Bytes of a body (DESIGN §5 "Limits"). */
const maxBody = 1_048_576;

const stores = [userStore, groupStore];
const endpoints = endpointsOf(stores);
const features = { sort: true, bulk: null, maxResults: maxCount };

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

const withBody = new Set<Route["kind"]>(["create", "search", "replace", "patch"]);

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
