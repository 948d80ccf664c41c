import { sizeErrors } from "@/lib/api/validation";
import { takeApiRequest, waitForAddress } from "@/lib/limits/rate-limit";
import { inRequest, log, newRequestId } from "@/lib/log";
import { tokenOf } from "@/lib/provisioning/http/authenticate";
import { cutText } from "@/lib/text";
import { findTokenHolder, type TokenHolder } from "@/lib/workspace/access/token-holder";
import { recordTokenUse } from "@/lib/workspace/access/token-use";
import { isId } from "@/lib/workspace/id";
import { allows } from "@/lib/workspace/scopes";
import { seal, unseal } from "@/lib/workspace/seal";
import { fieldErrors, type Issue, readBody, readJson, unstorable } from "./body";
import type { Endpoint } from "./endpoint";
import { ApiProblem, answerProblem, notThere } from "./problem";
import { endpoints } from "./table";

type Route = { endpoint: Endpoint; params: Record<string, string> };

type Headers_ = Record<string, string>;

/** Answers a REST request. Checks run in SCIM's order (D-62): path, token, rate, method, scope, sizes and shapes, lookup, rules. */
export function answerApi(request: Request): Promise<Response> {
  const requestId = newRequestId();
  const headers: Headers_ = { "x-request-id": requestId, "cache-control": "no-store" };
  return inRequest(requestId, async () => {
    try {
      return await answer(request, requestId, headers);
    } catch (error) {
      return answerProblem(error, requestId, headers);
    }
  });
}

async function answer(request: Request, requestId: string, headers: Headers_): Promise<Response> {
  const url = new URL(request.url);
  const routes = routesOf(url.pathname.replace(/^\/api\/v1(?=\/|$)/, ""));
  const method = request.method === "HEAD" ? "GET" : request.method;
  const open = routes.find(({ endpoint }) => endpoint.access === "nobody" && endpoint.method === method);
  const holder = open ? null : await authenticate(request);
  if (holder) countRequest(holder, headers);
  const { endpoint, params } = open ?? pick(routes, method);
  if (holder) requireScope(holder, endpoint);
  const query = readQuery(endpoint, url.searchParams);
  const body = endpoint.body ? readBody(endpoint.body, await readJson(request)) : undefined;
  const call = { ...callerOf(holder, requestId), params, query, body, cursor: placesOf(holder, url) };
  const result = await endpoint.run(call);
  const isBare = endpoint.answer === undefined;
  if (isBare || request.method === "HEAD") return new Response(null, { status: endpoint.status, headers });
  return Response.json(result, { status: endpoint.status, headers });
}

/** The endpoints of a path, for any method. An id that is no UUID matches none. */
function routesOf(path: string): Route[] {
  const parts = path.split("/");
  return endpoints.flatMap((endpoint) => {
    const params = match(endpoint.path.split("/"), parts);
    return params ? [{ endpoint, params }] : [];
  });
}

function match(pattern: string[], parts: string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index] ?? "";
    const name = /^\{(\w+)\}$/.exec(wanted)?.[1];
    if (name === undefined ? wanted !== part : !isId(part)) return null;
    if (name !== undefined) params[name] = part;
  }
  return params;
}

function pick(routes: Route[], method: string): Route {
  if (routes.length === 0) throw notThere();
  const route = routes.find(({ endpoint }) => endpoint.method === method);
  if (route) return route;
  const methods = [...new Set(routes.flatMap(({ endpoint: { method: m } }) => (m === "GET" ? ["GET", "HEAD"] : [m])))];
  const allow = methods.join(", ");
  throw new ApiProblem(405, "method_not_allowed", `Allowed here: ${allow}.`, { headers: { allow } });
}

async function authenticate(request: Request): Promise<TokenHolder> {
  const token = tokenOf(request.headers.get("authorization") ?? undefined);
  const holder = token === null ? null : await findTokenHolder(token);
  const address = request.headers.get("x-remote-address");
  if (holder) {
    const agent = cutText(request.headers.get("user-agent") ?? "", 300) || null;
    recordTokenUse(holder, { address, agent }).catch((error: unknown) => log().warn({ err: error }, "use not noted"));
    return holder;
  }
  const wait = waitForAddress(address ?? "");
  if (wait > 0) throw tooMany(wait, "Too many requests with a wrong token came from this address.");
  const detail =
    token === null
      ? "Send an access token in the Authorization header: Bearer, a space, the token."
      : "The access token is not known, was revoked or has expired. Make one under Workspace settings → Developers.";
  const challenge = `Bearer realm="api"${token === null ? "" : ', error="invalid_token"'}`; // RFC 6750 §3
  throw new ApiProblem(401, "token_not_known", detail, { headers: { "www-authenticate": challenge } });
}

function tooMany(seconds: number, detail: string): ApiProblem {
  const wait = String(Math.ceil(seconds));
  const headers = { "retry-after": wait };
  return new ApiProblem(429, "too_many_requests", `${detail} Try again in ${wait} s.`, { headers });
}

/** Counts the request against the token's quota and reports the rest (draft-ietf-httpapi-ratelimit-headers). */
function countRequest(holder: TokenHolder, headers: Headers_): void {
  const state = takeApiRequest(holder.tokenId);
  if (!state) return;
  headers["ratelimit-policy"] = `"token";q=${state.quota};w=2`;
  headers.ratelimit = `"token";r=${state.left};t=${state.reset}`;
  if (state.isOver) throw tooMany(state.reset, "Requests come faster than allowed.");
}

function requireScope(holder: TokenHolder, { access }: Endpoint): void {
  if (access === "token" || access === "nobody" || allows(holder.scopes, access)) return;
  const detail = `This takes a token with the scope ${access}. Give it to the token under Developers.`;
  throw new ApiProblem(403, "scope_missing", detail);
}

function readQuery({ query }: Endpoint, params: URLSearchParams): Record<string, unknown> {
  if (!query) return {};
  if ([...params].some(([, value]) => unstorable.test(value))) throw badQuery([]);
  const parsed = query.safeParse(Object.fromEntries(params), { error: sizeErrors });
  if (!parsed.success) throw badQuery(parsed.error.issues);
  return parsed.data;
}

function badQuery(issues: Issue[]): ApiProblem {
  const errors = fieldErrors(issues);
  return new ApiProblem(400, "query_not_valid", errors[0]?.detail ?? "A parameter is not valid.", { errors });
}

/** The caller. Endpoints that need no token don't use it. */
function callerOf(holder: TokenHolder | null, requestId: string) {
  const known = holder ?? ({ workspaceId: "", tokenId: "", name: "", scopes: [] as string[] } as TokenHolder);
  const { workspaceId, tokenId: id, name, issuedKeys = [] } = known;
  const actor = { workspaceId, kind: "token" as const, id, name, issuedKeys, requestId };
  return { holder: known, workspaceId, actor };
}

/** Cursors are sealed for one workspace, path and set of filters; a cursor from elsewhere or a forged one is refused. */
function placesOf(holder: TokenHolder | null, url: URL) {
  const filters = [...url.searchParams].filter(([name]) => name !== "cursor" && name !== "limit").sort();
  const about = JSON.stringify(["api", holder?.workspaceId, url.pathname, filters]);
  return {
    write: (id: string | null) => (id === null ? null : seal(id, "cursor", about)),
    read: (sealed: string | undefined) => {
      if (sealed === undefined) return undefined;
      try {
        return unseal(sealed, "cursor", about);
      } catch {
        const detail = "This cursor is not one of this list with these filters. Begin without one.";
        throw new ApiProblem(400, "cursor_not_valid", detail, { errors: [{ field: "cursor", detail }] });
      }
    },
  };
}
