import OAuth2Server from "@node-oauth/oauth2-server";
import { log } from "@/lib/log";
import { findOAuthClient, type OAuthClient } from "@/lib/workspace/access/oauth/client";
import { hashToken, isSameHash } from "@/lib/workspace/access/token-format";
import { assertionType, whyNoAssertion } from "./assertion";

/** How a request authenticates its client. */
type Credentials =
  | { by: "secret"; id: string; secret: string }
  | { by: "assertion"; id: string; assertion: string }
  | { by: "nothing"; id: string };

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** By HTTP Basic (preferred), a signed assertion or form fields (RFC 6749 §2.3.1, RFC 7523 §2.2, R-68). */
function credentialsOf(authorization: string | null, form: URLSearchParams): Credentials {
  const basic = /^basic\s+(\S+)$/i.exec(authorization ?? "")?.[1];
  if (basic !== undefined) {
    const [id = "", ...secret] = Buffer.from(basic, "base64").toString("utf8").split(":");
    return { by: "secret", id: decoded(id), secret: decoded(secret.join(":")) };
  }
  const id = form.get("client_id") ?? "";
  const assertion = form.get("client_assertion") ?? "";
  if (assertion !== "" && form.get("client_assertion_type") === assertionType)
    return { by: "assertion", id, assertion };
  const secret = form.get("client_secret") ?? "";
  return secret === "" ? { by: "nothing", id } : { by: "secret", id, secret };
}

const nobody = hashToken("nobody");

/** Whether a secret is one of the client's. Takes the same time for an unknown client (T27). */
function isSecretOf(client: OAuthClient | null, secret: string): boolean {
  const presented = hashToken(secret);
  const hashes = client === null || client.secretHashes.length === 0 ? [nobody] : client.secretHashes;
  return hashes.map((hash) => isSameHash(presented, hash)).includes(true);
}

async function whyNotClient(client: OAuthClient | null, credentials: Credentials): Promise<string | null> {
  const unknown =
    "The client id or its secret is wrong. The id is mst_ and eight characters; for an access token the secret is the whole token.";
  if (credentials.by === "secret") return isSecretOf(client, credentials.secret) ? null : unknown;
  if (client === null) return unknown;
  if (credentials.by === "nothing") return client.isPublic ? null : "Send the client's secret or its assertion.";
  const why = await whyNoAssertion(client, credentials.assertion);
  return why === null ? null : `The assertion was refused: ${why}.`;
}

/** Requires a client that has proven its identity. One without a secret hasn't: anyone can know its id. */
export function requireSecret(client: OAuthClient): OAuthClient {
  if (!client.isPublic) return client;
  throw new OAuth2Server.InvalidClientError("Introspection takes a client with a secret or an assertion.", {
    code: 401,
  });
}

/** Authenticates the client of a request. Throws 401 `invalid_client`, or 503 when its issuer's keys can't be fetched. */
export async function authenticateClient(authorization: string | null, form: URLSearchParams): Promise<OAuthClient> {
  const credentials = credentialsOf(authorization, form);
  const client = await findOAuthClient(credentials.id);
  let why: string | null;
  try {
    why = await whyNotClient(client, credentials);
  } catch (error) {
    if ((error as { kind?: string }).kind !== "no-keys") throw error;
    log().warn({ err: error, clientId: credentials.id }, "keys of an issuer can't be had");
    const detail = "The keys of the assertion's issuer can't be read just now. Try again.";
    throw new OAuth2Server.OAuthError(detail, { code: 503, name: "temporarily_unavailable" });
  }
  if (why !== null || client === null) throw new OAuth2Server.InvalidClientError(why ?? "", { code: 401 });
  return client;
}
