import { NextRequest } from "next/server";
import { Problem } from "@/app/api/problem";
import { authCookieNames } from "@/lib/auth";
import { translator } from "@/lib/messages/translator";
import { isOurs } from "@/lib/request/safe-path";
import { configuredProviders } from "@/lib/sign-in-providers";

// Limits next-auth to its own entry points and their parameters. It answers some other requests with a 500 or a redirect.

type Entry = { takesProvider: boolean };
const entries = {
  GET: new Map<string, Entry>([
    ["providers", { takesProvider: false }],
    ["session", { takesProvider: false }],
    ["csrf", { takesProvider: false }],
    ["signin", { takesProvider: false }],
    ["signout", { takesProvider: false }],
    ["error", { takesProvider: false }],
    ["verify-request", { takesProvider: false }],
    ["callback", { takesProvider: true }],
  ]),
  POST: new Map<string, Entry>([
    ["signin", { takesProvider: true }],
    ["signout", { takesProvider: false }],
    ["callback", { takesProvider: true }],
  ]),
};

/** The error codes that next-auth redirects with, in lower case because it isn't consistent about their capitals. */
const errors = new Set(
  "configuration accessdenied verification default signin oauthsignin oauthcallback oauthcreateaccount emailcreateaccount callback oauthaccountnotlinked emailsignin sessionrequired".split(
    " ",
  ),
);

/** Bytes of a form, enough for a token, an email address and a callback URL. */
const maxBody = 16 * 1024;

const texts = () => translator("problems");
const notThere = () => new Problem(404, "not_found", texts()("auth.noWay"));
const notValid = (name: string) =>
  new Problem(400, "not_valid", texts()("auth.parameter", { name: JSON.stringify(name) }));

function readEntry(request: Request): string {
  const [action = "", provider, ...rest] = new URL(request.url).pathname.split("/").slice(3);
  const entry = entries[request.method === "POST" ? "POST" : "GET"].get(action);
  if (!entry || rest.length > 0 || (provider !== undefined) !== entry.takesProvider) throw notThere();
  const known = ["email", ...configuredProviders().map(({ id }) => id)];
  if (provider !== undefined && !known.includes(provider)) throw notThere();
  return action;
}

/** Rejects repeated values and control characters, callback URLs that aren't ours, and error codes that next-auth doesn't have. */
function checkValues(values: [string, string][], action: string): void {
  const seen = new Set<string>();
  for (const [name, value] of values) {
    if (seen.has(name) || /\p{Cc}/u.test(`${name}${value}`) || value.length > 8_000) throw notValid(name);
    seen.add(name);
    if (name === "callbackUrl" && !isOurs(value)) throw notValid(name);
    // A provider sends its own errors to the callback (RFC 6749 §4.1.2.1), which answers them with one of these.
    if (name === "error" && action !== "callback" && !errors.has(value.toLowerCase())) throw notValid(name);
  }
  if (action === "error" && !seen.has("error")) throw notValid("error");
}

function parseForm(type: string, text: string): [string, string][] {
  if (type === "application/x-www-form-urlencoded") return [...new URLSearchParams(text)];
  if (type !== "application/json") throw new Problem(415, "not_a_form", texts()("auth.form"));
  const pairs: [string, unknown][] = Object.entries(parseJson(text));
  return pairs.map(([name, value]) => {
    if (typeof value !== "string" && typeof value !== "boolean") throw notValid(name);
    return [name, String(value)];
  });
}

function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // reported below
  }
  throw new Problem(400, "not_json", texts()("auth.notAnObject"));
}

async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBody) throw new Problem(413, "too_large", texts()("tooLarge"));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The request to pass on to next-auth. Throws a Problem for requests that next-auth can't handle. */
export async function admitAuthRequest(request: NextRequest): Promise<NextRequest> {
  const action = readEntry(request);
  checkValues([...new URL(request.url).searchParams], action);
  const callbackUrl = request.cookies.get(authCookieNames().callbackUrl)?.value;
  if (callbackUrl !== undefined && !isOurs(callbackUrl))
    throw new Problem(400, "cookie_not_valid", texts()("auth.cookie"));
  if (request.method !== "POST") return request;
  const text = await readText(request);
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  const values = parseForm(type, text);
  checkValues(values, action);
  const headers = new Headers(request.headers);
  headers.set("content-type", "application/x-www-form-urlencoded");
  headers.delete("content-length");
  return new NextRequest(request.url, { method: "POST", headers, body: new URLSearchParams(values).toString() });
}

/** Removes a callback URL cookie that another site on the domain planted. Otherwise every later request would be refused. */
export function forgetPlace(response: Response): Response {
  response.headers.append("set-cookie", `${authCookieNames().callbackUrl}=; Path=/; Max-Age=0`);
  return response;
}
