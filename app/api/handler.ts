import { parseCookie } from "cookie";
import type { ZodType } from "zod";
import { invalid, inWords, sizeErrors } from "@/lib/api/validation";
import { findSession, type SignedIn, sessionCookieName } from "@/lib/auth";
import { inRequest, newRequestId } from "@/lib/log";
import { translator } from "@/lib/messages/translator";
import type { Actor } from "@/lib/workspace/actor";
import { isId, zeroId } from "@/lib/workspace/id";
import { findAccess } from "@/lib/workspace/membership/access";
import { requireOurOrigin } from "./origin";
import { answerProblem, Problem } from "./problem";

/** What a person may do; `roles` lists the roles that have each permission. */
export type Permission =
  | "workspace:read"
  | "workspace:manage"
  | "domains:manage"
  | "tokens:manage"
  | "members:manage"
  | "webhooks:manage"
  | "provisioning:read";

const roles: Record<Permission, readonly ("admin" | "member")[]> = {
  "workspace:read": ["admin", "member"],
  "workspace:manage": ["admin"],
  "domains:manage": ["admin"],
  "tokens:manage": ["admin"],
  "members:manage": ["admin"],
  "webhooks:manage": ["admin"],
  "provisioning:read": ["admin"],
};

/** The texts of problems, in the language of people. */
const texts = () => translator("problems");

type Params = Record<string, string>;
/** Routes without a folder in brackets have no parameters. */
type Context = { params: Promise<Params | undefined> };
type Handler = (request: Request, context: Context) => Promise<Response>;
type Result = unknown | Promise<unknown>;

/** Maximum body size from our own pages, in bytes; a route for long lists takes more. */
const maxBody = 64 * 1024;
export const maxListBody = 2 * 1024 * 1024;

export type Call<Input> = { params: Params; query: URLSearchParams; input: Input; request: Request };
export type WorkspaceCall<Input> = Call<Input> & { actor: Actor; workspaceId: string };
export type AccountCall<Input> = Call<Input> & { userId: string; sessionId: string };

/** A workspace route. The permission comes first, so that no route can be written without one. */
export function api<Input = undefined>(
  permission: Permission,
  schema: ZodType<Input> | null,
  run: (call: WorkspaceCall<Input>) => Result,
  bodyLimit = maxBody,
): Handler {
  return edge(async (request, params, requestId) => {
    const { user } = await signedInFor(request);
    const access = await findAccess(user.id, params.workspace ?? "");
    if (!access) throw new Problem(404, "not_found", texts()("noWorkspace"));
    if (!roles[permission].includes(access.role)) throw new Problem(403, "forbidden", texts()("adminsOnly"));
    const actor: Actor = { workspaceId: access.workspaceId, kind: "member", id: access.id, name: user.name, requestId };
    const call = await parse(request, params, schema, bodyLimit);
    return run({ ...call, actor, workspaceId: access.workspaceId });
  });
}

/** A route of the signed-in person's own account. */
export function account<Input = undefined>(
  schema: ZodType<Input> | null,
  run: (call: AccountCall<Input>) => Result,
): Handler {
  return edge(async (request, params) => {
    const { user, sessionId } = await signedInFor(request);
    return run({ ...(await parse(request, params, schema)), userId: user.id, sessionId });
  });
}

/** A route for people who are not signed in yet: setup, and accepting an invite. */
export function open<Input = undefined>(schema: ZodType<Input> | null, run: (call: Call<Input>) => Result): Handler {
  return edge(async (request, params) => run(await parse(request, params, schema)));
}

/** The visitor's IP address and user agent, stored with a session. server.ts set the address header. */
export function visitorOf(request: Request): { address: string | null; agent: string | null } {
  return { address: request.headers.get("x-remote-address"), agent: request.headers.get("user-agent") };
}

function edge(run: (request: Request, params: Params, requestId: string) => Promise<unknown>): Handler {
  return (request, context) => {
    const requestId = newRequestId();
    return inRequest(requestId, async () => {
      try {
        requireOurOrigin(request);
        return render(await run(request, (await context.params) ?? {}, requestId), requestId);
      } catch (error) {
        return answerProblem(error, requestId);
      }
    });
  };
}

/** Renders data as JSON, undefined as 204, and a Response unchanged. */
function render(result: unknown, requestId: string): Response {
  if (result instanceof Response) return result;
  const headers = { "x-request-id": requestId, "cache-control": "no-store" };
  return result === undefined ? new Response(null, { status: 204, headers }) : Response.json(result, { headers });
}

/** The signed-in person, on routes that don't require one. */
export function maybeSignedIn(request: Request): Promise<SignedIn | null> {
  return findSession(parseCookie(request.headers.get("cookie") ?? "")[sessionCookieName()]);
}

async function signedInFor(request: Request): Promise<SignedIn> {
  const signedIn = await maybeSignedIn(request);
  if (!signedIn) throw new Problem(401, "signed_out", texts()("signedOut"));
  return signedIn;
}

async function parse<Input>(
  request: Request,
  params: Params,
  schema: ZodType<Input> | null,
  bodyLimit = maxBody,
): Promise<Call<Input>> {
  // An id that is no UUID can't exist. Checked here, because the database would raise an error.
  const ids = Object.entries(params).filter(([name]) => name !== "workspace" && name !== "token");
  if (ids.some(([, id]) => !isId(id))) throw new Problem(404, "not_found", texts()("noThing"));
  const query = new URL(request.url).searchParams;
  if (!isId(query.get("cursor") ?? zeroId)) throw new Problem(400, "not_valid", texts()("cursor"));
  const input = schema === null ? (undefined as Input) : parseInput(await readJson(request, bodyLimit), schema);
  return { params, query, input, request };
}

/** The values of a query by their contract; a value that doesn't meet it is 400. */
export function readQuery<Values>(query: URLSearchParams, schema: ZodType<Values>): Values {
  const parsed = schema.safeParse(Object.fromEntries(query));
  if (parsed.success) return parsed.data;
  throw new Problem(400, "not_valid", texts()("query", { name: parsed.error.issues[0]?.path.join(".") ?? "" }));
}

function parseInput<Input>(body: unknown, schema: ZodType<Input>): Input {
  const parsed = schema.safeParse(body, { error: sizeErrors });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Problem(
    422,
    "not_valid",
    inWords(issue?.message ?? invalid("input"), translator("validation")),
    issue?.path.join("."),
  );
}

async function readJson(request: Request, limit: number): Promise<unknown> {
  let text = "";
  let bytes = 0;
  const decoder = new TextDecoder();
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw new Problem(413, "too_large", texts()("tooLarge"));
    text += decoder.decode(chunk, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    throw new Problem(400, "not_json", texts()("notJson"));
  }
}
