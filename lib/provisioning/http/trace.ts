import { log } from "@/lib/log";
import { detailOf, type ScimError } from "@/lib/scim/error";
import { cutText } from "@/lib/text";
import type { TokenHolder } from "@/lib/workspace/access/token-holder";
import { newId } from "@/lib/workspace/id";
import type { AdapterAnswer, AdapterRequest } from "./adapter";
import type { Caller } from "./caller";
import { maxAnswer, redact, type Secrets } from "./redact";
import { addToRequestLog } from "./request-log";
import { redacted, redactPath, redactQuery, redactText, withoutQuotes } from "./secret-text";

/** Collects the facts about a running request; the log reads them at the end. */
export type Trace = {
  requestId: string;
  started: number;
  holder: TokenHolder | null;
  owner: { workspaceId: string; tokenId: string; connectionId: string | null } | null;
  /** The body, once reading has begun. */
  reading: Promise<Uint8Array> | null;
  body: Uint8Array | null;
  caller: Caller | null;
  /** Whether the request was counted against the rate limit. */
  isCounted: boolean;
  /** Names the log must redact. */
  secrets: Secrets;
  address: string;
};

/** Which part of a request contained a secret. */
type HasSecret = { address: boolean; body: boolean };

type RequestPart = Pick<AdapterRequest, "method" | "path" | "query" | "header" | "address">;

/** Logs every request with a known token, including rejected ones; bodies of reads are not kept. */
export function writeLog(request: RequestPart, trace: Trace, answer: AdapterAnswer, error: ScimError | null): void {
  const durationMs = performance.now() - trace.started;
  const path = redactPath(request.path, trace.secrets);
  log().debug(
    { requestId: trace.requestId, method: request.method, path, status: answer.status, ms: durationMs },
    "scim",
  );
  const owner = trace.holder ?? trace.owner;
  if (owner === null) return;
  const isKept = request.method !== "GET" || error !== null;
  const requestBody = trace.body && redact(Buffer.from(trace.body).toString("utf8"), trace.secrets);
  const sent = requestFields(request, path, trace);
  const hasSecret = {
    address: [sent.path, sent.query].some((text) => text?.includes(redacted)),
    body: requestBody?.includes(redacted) ?? false,
  };
  const detail = error && loggedDetail(error, trace, hasSecret);
  addToRequestLog({
    id: newId(), // now, so that ids are in the order of the requests and the events beside them
    workspaceId: owner.workspaceId,
    tokenId: owner.tokenId,
    connectionId: owner.connectionId,
    requestId: trace.requestId,
    at: new Date(Date.now() - durationMs),
    durationMs,
    ...sent,
    status: answer.status,
    requestBody,
    responseBody: isKept && typeof answer.body === "string" ? loggedAnswer(answer.body, trace, error, detail) : null,
    resourceId: resourceIdOf(request.path, answer.headers.location),
    ...outcomeFields(trace, error, detail),
    missing: 0,
  });
}

/** The id of a User or Group at the end of a path or URL. */
const resource = /\/(?:Users|Groups)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/*$/i;

/** The person or team that a request was about: the one in its path, or the one that it created. */
function resourceIdOf(path: string, location: string | undefined): string | null {
  return (resource.exec(path) ?? resource.exec(location ?? ""))?.[1]?.toLowerCase() ?? null;
}

/** Entra sends no User-Agent, but its own header. */
function agentOf(request: RequestPart): string | null {
  const agent = request.header("user-agent");
  if (agent !== undefined) return cutText(agent, 300);
  return request.header("adscimversion") === undefined ? null : "Microsoft Entra ID";
}

function requestFields(request: RequestPart, path: string, { secrets }: Trace) {
  const agent = agentOf(request);
  return {
    method: cutText(request.method, 16),
    path: cutText(`/scim/v2${path}`, 1_000),
    query: request.query === "" ? null : cutText(redactQuery(request.query, secrets), 3_000),
    agent: agent && redactText(agent, secrets),
    address: request.address,
  };
}

/** The most notes to log for one request: a body can name any number of unknown attributes. */
const maxNotes = 50;

function notesOf({ caller, secrets }: Trace): string[] {
  const notes = caller?.notes ?? [];
  if (notes.length === 0) return notes;
  const kept = notes.slice(0, maxNotes).map((note) => redactText(note, secrets));
  return notes.length > maxNotes ? [...kept, `And ${notes.length - maxNotes} more.`] : kept;
}

/** An error may quote its cause. If the URL, a filter or a path contained a secret, the quotes are removed, because they may show it. */
function loggedDetail(error: ScimError, { requestId, secrets }: Trace, hasSecret: HasSecret): string {
  const detail = detailOf(error, requestId);
  const isOfFilter = error.scimType === "invalidFilter" || error.scimType === "invalidPath";
  const mayQuote = hasSecret.address || (hasSecret.body && isOfFilter);
  return redactText(mayQuote ? withoutQuotes(detail) : detail, secrets);
}

function loggedAnswer(body: string, { requestId, secrets }: Trace, error: ScimError | null, detail: string | null) {
  const loggedBody =
    error === null ? body : body.replace(JSON.stringify(detailOf(error, requestId)), () => JSON.stringify(detail));
  return redact(loggedBody, secrets, maxAnswer);
}

function outcomeFields(trace: Trace, error: ScimError | null, detail: string | null) {
  const notes = notesOf(trace);
  if (error === null) return { effect: trace.caller?.effect ?? null, notes, scimType: null, detail: null };
  return { effect: null, notes, scimType: error.scimType ?? null, detail };
}
