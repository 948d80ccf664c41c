import { waitForAddress } from "@/lib/provisioning/rate-limit";
import { issueOAuthToken } from "@/lib/workspace/access-tokens";
import { oauthTokenSeconds } from "@/lib/workspace/oauth-token";

/** Characters of a form that is read; credentials are far shorter. */
const maxForm = 4_096;

function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store", pragma: "no-cache", ...headers } });
}

function refuse(status: number, error: string, description: string, headers: Record<string, string> = {}): Response {
  return answer(status, { error, error_description: description }, headers);
}

type Credentials = { id: string; secret: string };

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** By HTTP Basic, which is preferred, or in the form (RFC 6749 §2.3.1, R-68). */
function credentialsOf(authorization: string | null, form: URLSearchParams): Credentials {
  const basic = /^basic\s+(\S+)$/i.exec(authorization ?? "")?.[1];
  if (basic === undefined) return { id: form.get("client_id") ?? "", secret: form.get("client_secret") ?? "" };
  const [id = "", ...secret] = Buffer.from(basic, "base64").toString("utf8").split(":");
  return { id: decoded(id), secret: decoded(secret.join(":")) };
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

/** Client credentials: the client is an access token, named `mst_` and eight characters, with the token itself as its secret. */
export async function answerTokenRequest(request: Request): Promise<Response> {
  const form = await readForm(request);
  if (!form) return refuse(400, "invalid_request", "The form is too long.");
  if (form.get("grant_type") !== "client_credentials")
    return refuse(400, "unsupported_grant_type", "grant_type must be client_credentials.");
  const { id, secret } = credentialsOf(request.headers.get("authorization"), form);
  const issued = await issueOAuthToken(id, secret);
  if (issued) {
    const { token, scopes } = issued;
    return answer(200, {
      access_token: token,
      token_type: "Bearer",
      expires_in: oauthTokenSeconds,
      scope: scopes.join(" "),
    });
  }
  const wait = waitForAddress(request.headers.get("x-remote-address") ?? "");
  if (wait > 0)
    return refuse(429, "slow_down", "Too many wrong credentials.", { "retry-after": String(Math.ceil(wait)) });
  const detail =
    "The client id is the beginning of an access token, such as mst_1a2b3c4d; the client secret is the whole token.";
  return refuse(401, "invalid_client", detail, { "www-authenticate": 'Basic realm="muster"' });
}
