import OAuth2Server from "@node-oauth/oauth2-server";
import { notNow } from "@/lib/limits/not-now";
import { takeApiRequest, waitForAddress } from "@/lib/limits/rate-limit";
import { inRequest, newRequestId } from "@/lib/log";
import { findRepeated } from "@/lib/oauth/params";
import { cutText } from "@/lib/text";

/** Maximum length of a form, in characters; a signed assertion is its longest part. */
const maxForm = 32_768;

const noStore = { "cache-control": "no-store", pragma: "no-cache", "x-content-type-options": "nosniff" };

/** An error response (RFC 6749 §5.2). */
function refuse(status: number, error: string, description: string, headers: Record<string, string> = {}): Response {
  // Replaces characters that the RFC doesn't allow in a description.
  const error_description = description.replace(/[^\x20-\x7e]|["\\]/g, "'");
  return Response.json({ error, error_description }, { status, headers: { ...noStore, ...headers } });
}

async function readForm(request: Request): Promise<URLSearchParams | null> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of request.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxForm) return null;
  }
  return new URLSearchParams(text);
}

/** The token in a form (RFC 7009 §2.1, RFC 7662 §2.1). Throws `invalid_request` when it is missing. */
export function requireToken(form: URLSearchParams): string {
  const token = form.get("token") ?? "";
  if (token === "") throw new OAuth2Server.InvalidRequestError("Missing parameter: `token`");
  return token;
}

function slowDown(detail: string, seconds: number): Error {
  const headers = { "retry-after": String(Math.ceil(seconds)) };
  return Object.assign(new OAuth2Server.OAuthError(detail, { code: 429, name: "slow_down" }), { headers });
}

/** Counts a wrong token against the network it came from; throws 429 when that limit is reached (T28). */
export function limitWrong(request: Request): void {
  const wait = waitForAddress(request.headers.get("x-remote-address") ?? "");
  if (wait > 0) throw slowDown("Too many wrong credentials.", wait);
}

/** Counts a request against the token's REST quota; throws 429 when it is used up. */
export function limitCaller(tokenId: string): void {
  const quota = takeApiRequest(tokenId);
  if (quota?.isOver) throw slowDown("Too many requests.", quota.reset);
}

/** An OAuth route that takes a form and returns JSON or an empty body. */
export async function answerForm(
  request: Request,
  run: (form: URLSearchParams, authorization: string | null) => Promise<object | null>,
): Promise<Response> {
  return inRequest(newRequestId(), async () => {
    const form = await readForm(request);
    if (!form) return refuse(400, "invalid_request", "The form is too long.");
    const repeated = findRepeated(form);
    if (repeated !== null) return refuse(400, "invalid_request", `${cutText(repeated, 40)} stands twice.`);
    try {
      const body = await run(form, request.headers.get("authorization"));
      return body === null
        ? new Response(null, { status: 200, headers: noStore })
        : Response.json(body, { headers: noStore });
    } catch (error) {
      return answerError(error, request);
    }
  });
}

/**
 * Returns the library's errors as they are. Wrong credentials count against the IP address (T28). Anything else is a neutral 500,
 * and the log has its cause (T38).
 */
function answerError(error: unknown, request: Request): Response {
  const { code, name, message, inner, headers } = error as {
    code?: unknown;
    name: string;
    message: string;
    inner?: unknown;
    headers?: Record<string, string>;
  };
  if (typeof code !== "number" || name === "server_error") {
    const later = notNow(inner ?? error, "en");
    if (later?.retryAfter) {
      return refuse(later.status, "temporarily_unavailable", later.detail, { "retry-after": String(later.retryAfter) });
    }
    return refuse(500, "server_error", "Something went wrong on our side. Try again.");
  }
  if (code === 503) return refuse(503, name, message, { "retry-after": "30" });
  if (name !== "invalid_client") return refuse(code, name, message, headers);
  const wait = waitForAddress(request.headers.get("x-remote-address") ?? "");
  if (wait === 0) return refuse(401, name, message, { "www-authenticate": 'Basic realm="muster"' });
  return refuse(429, "slow_down", "Too many wrong credentials.", { "retry-after": String(Math.ceil(wait)) });
}
