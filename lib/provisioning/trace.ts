import { log } from "@/lib/log";
import { detailOf, type ScimError } from "@/lib/scim/error";
import type { TokenHolder } from "@/lib/workspace/access-tokens";
import type { Caller } from "./caller";
import type { DoorAnswer, DoorRequest } from "./door";
import { maxAnswer, redact, type Secrets } from "./redact";
import { addToRequestLog } from "./request-log";

/** What is known of a request while it runs; the log reads it at the end. */
export type Trace = {
  requestId: string;
  started: number;
  holder: TokenHolder | null;
  owner: { workspaceId: string; tokenId: string; connectionId: string | null } | null;
  /** The body, once it is asked for. */
  reading: Promise<Uint8Array> | null;
  body: Uint8Array | null;
  caller: Caller | null;
  /** Whether the request has taken its share of the rate. */
  isCounted: boolean;
  /** What the log must not keep. */
  secrets: Secrets;
  address: string;
};

type Asked = Pick<DoorRequest, "method" | "path" | "query" | "header" | "address">;

/** Every request of a known token is logged, also one that was refused; bodies of reads are not kept. */
export function writeLog(request: Asked, trace: Trace, answer: DoorAnswer, error: ScimError | null): void {
  const durationMs = performance.now() - trace.started;
  log().debug(
    { requestId: trace.requestId, method: request.method, path: request.path, status: answer.status, ms: durationMs },
    "scim",
  );
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
    requestBody: trace.body && redact(Buffer.from(trace.body).toString("utf8"), trace.secrets),
    responseBody: isKept && typeof answer.body === "string" ? redact(answer.body, trace.secrets, maxAnswer) : null,
    ...told(trace, error),
  });
}

/** Entra sends no User-Agent, but a header of its own (entra.md §1.1). */
function agentOf(request: Asked): string | null {
  const agent = request.header("user-agent")?.slice(0, 300);
  return agent ?? (request.header("adscimversion") === undefined ? null : "Microsoft Entra ID");
}

function asked(request: Asked) {
  return {
    method: request.method.slice(0, 16),
    path: `/scim/v2${request.path}`.slice(0, 1_000),
    query: request.query === "" ? null : request.query.slice(0, 3_000),
    agent: agentOf(request),
    address: request.address,
  };
}

function told({ caller, requestId }: Trace, error: ScimError | null) {
  const notes = caller?.notes ?? [];
  if (error === null) return { effect: caller?.effect ?? null, notes, scimType: null, detail: null };
  return { effect: null, notes, scimType: error.scimType ?? null, detail: detailOf(error, requestId) };
}
