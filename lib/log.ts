import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import pino, { type Logger } from "pino";
import { openLogOutput } from "./process/log-output";

type Context = { requestId: string };
const here = globalThis as { musterLog?: Logger; musterContext?: AsyncLocalStorage<Context> };
here.musterContext ??= new AsyncLocalStorage<Context>();

/** Writes JSON lines to standard output, each with the id of its request. Secrets are redacted. */
export function log(): Logger {
  here.musterLog ??= pino(
    {
      level: process.env.LOG_LEVEL || "info",
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => ({ ...here.musterContext?.getStore() }),
      redact: { paths: ["*.authorization", "*.cookie", "*.secret", "*.token"], censor: "(redacted)" },
    },
    openLogOutput(process.stdout.fd),
  );
  return here.musterLog;
}

/** Random bytes are drawn for many ids at once: one draw costs as much as the rest of a short response. */
let drawn = Buffer.alloc(0);
const idBytes = 15;

/** A new id for a request, `req_` and 20 characters. */
export function newRequestId(): string {
  if (drawn.length < idBytes) drawn = randomBytes(idBytes * 256);
  const id = drawn.toString("base64url", 0, idBytes);
  drawn = drawn.subarray(idBytes);
  return `req_${id}`;
}

/** Runs `work` as part of a request, so that every log line carries its id. */
export function inRequest<Result>(requestId: string, work: () => Result): Result {
  return here.musterContext ? here.musterContext.run({ requestId }, work) : work();
}
