import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import pino, { type Logger } from "pino";

type Context = { requestId: string };
const here = globalThis as { musterLog?: Logger; musterContext?: AsyncLocalStorage<Context> };
here.musterContext ??= new AsyncLocalStorage<Context>();

/** JSON lines on standard output; each carries the id of the request it belongs to. Secrets never reach it. */
export function log(): Logger {
  here.musterLog ??= pino({
    level: process.env.LOG_LEVEL || "info",
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => ({ ...here.musterContext?.getStore() }),
    redact: { paths: ["*.authorization", "*.cookie", "*.secret", "*.token"], censor: "(redacted)" },
  });
  return here.musterLog;
}

/** A new id for a request, `req_` and 20 characters. */
export function newRequestId(): string {
  return `req_${randomBytes(15).toString("base64url")}`;
}

/** Runs `work` as part of a request, so that its id is on every line. */
export function inRequest<Result>(requestId: string, work: () => Result): Result {
  return here.musterContext ? here.musterContext.run({ requestId }, work) : work();
}
