import type { IncomingMessage, ServerResponse } from "node:http";
import { log } from "@/lib/log";
import { type Refused, refuse } from "@/lib/request/refuse";
import { requestTime, startLimit, type TimeLimit, withinTime } from "./time-limit";

/**
 * Lets `work` answer a request. After 25 seconds the request gets a 503 in its protocol's form instead, and a later result is dropped. An
 * answer that has started may continue as long as the client keeps reading.
 */
export function answerInTime(request: IncomingMessage, response: ServerResponse, work: () => Promise<unknown>): void {
  const timer = setTimeout(() => giveUp(request, response), requestTime);
  response.once("close", () => clearTimeout(timer));
  const limit = startLimit();
  answerOutages(response, limit);
  response.on("error", (error) => log().debug({ err: error }, "an answer could not be sent"));
  withinTime(limit, work).catch((error: unknown) => {
    if (response.headersSent) log().warn({ err: error }, "an answer was not finished");
    else log().error({ err: error }, "a request was not answered");
    if (!response.headersSent) refuse(request, response, broken);
    else if (!response.writableEnded) response.destroy();
  });
}

/** Next answers 500 when a page fails. If the database was the cause, the status becomes 503 with Retry-After. */
function answerOutages(response: ServerResponse, limit: TimeLimit): void {
  const writeHead = response.writeHead.bind(response) as (...all: unknown[]) => ServerResponse;
  const writeHeadOr503 = (status: number, ...rest: unknown[]) => {
    const seconds = status === 500 ? limit.trouble?.retryAfter : null;
    if (!seconds) return writeHead(status, ...rest);
    response.setHeader("retry-after", seconds);
    return writeHead(503, ...rest);
  };
  response.writeHead = writeHeadOr503 as typeof response.writeHead;
}

const broken: Refused = { status: 500, code: "internal", detail: "Something went wrong on our side. Try again." };

function giveUp(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    watch(response);
    return;
  }
  log().warn({ method: request.method, path: request.url?.split("?")[0] }, "a request took longer than it may");
  refuse(request, response, lateAnswer(request));
}

function lateAnswer({ complete, method }: IncomingMessage): Refused {
  if (!complete) return { status: 408, code: "too_late", detail: "The request did not arrive in time. Send it again." };
  if (method === "GET" || method === "HEAD")
    return { status: 503, code: "overdue", detail: "This took too long. Try again.", retryAfter: 5 };
  return { status: 503, code: "outcome_unknown", detail: lateDetail, retryAfter: 5 };
}

const lateDetail =
  "This took too long. The change may or may not have been made: check the current state before you try again.";

/** Closes the connection when the client has stopped reading. */
function watch(response: ServerResponse): void {
  const { socket } = response;
  if (!socket || response.writableEnded) return;
  const written = socket.bytesWritten;
  const timer = setTimeout(() => (socket.bytesWritten === written ? socket.destroy() : watch(response)), requestTime);
  response.once("close", () => clearTimeout(timer));
}
