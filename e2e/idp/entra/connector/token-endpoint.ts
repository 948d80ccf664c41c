import { CheckFailed } from "@/e2e/idp/entra/failure";

/** How Entra gets its tokens (S22): a secret in the header or in the form, or an assertion of its own in its place. */
export type Credentials =
  | { kind: "header" | "body"; clientId: string; secret: string }
  | { kind: "assertion"; clientId: string; assertion: () => Promise<string> };

/** Sends a form to the token endpoint. */
type Post = (form: URLSearchParams, headers: Record<string, string>) => Promise<{ status: number; body: unknown }>;

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async function fieldsOf(credentials: Credentials): Promise<[Record<string, string>, Record<string, string>]> {
  const { clientId } = credentials;
  if (credentials.kind === "assertion") {
    const client_assertion = await credentials.assertion();
    return [{ client_id: clientId, client_assertion_type: assertionType, client_assertion }, {}];
  }
  if (credentials.kind === "body") return [{ client_id: clientId, client_secret: credentials.secret }, {}];
  const basic = Buffer.from(`${clientId}:${credentials.secret}`).toString("base64");
  return [{}, { authorization: `Basic ${basic}` }];
}

/**
 * A token for the SCIM endpoint, fetched when there is none or it ends within five minutes. Entra wants it
 * to live for one to six hours. `now` is in milliseconds.
 */
export function tokenSource(post: Post, credentials: Credentials, now: () => number = Date.now): () => Promise<string> {
  let held: { token: string; until: number } | null = null;
  return async () => {
    if (held && held.until - now() > 300_000) return held.token;
    const [fields, headers] = await fieldsOf(credentials);
    const { status, body } = await post(new URLSearchParams({ grant_type: "client_credentials", ...fields }), headers);
    const { access_token, token_type, expires_in } = (body ?? {}) as Record<string, unknown>;
    if (status !== 200 || typeof access_token !== "string") {
      throw new CheckFailed(`the token endpoint answered ${status}`, "Unauthorized");
    }
    const isRight =
      String(token_type).toLowerCase() === "bearer" && Number(expires_in) >= 3_600 && Number(expires_in) <= 21_600;
    if (!isRight) throw new CheckFailed(`a token of type ${token_type} for ${expires_in} s`, "Incompatible");
    held = { token: access_token, until: now() + Number(expires_in) * 1_000 };
    return held.token;
  };
}
