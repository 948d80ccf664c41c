import { typedName } from "@/lib/name";
import type { Scope } from "@/lib/scopes";
import { cutText } from "@/lib/text";
import { whyNotOutside } from "@/lib/workspace/outside-address";
import { type Because, because, refusal } from "@/lib/workspace/refusal";
import { parseScopes } from "@/lib/workspace/scopes";

/** How a client gets its tokens: with its secret, by an admin's consent, or by an assertion of its identity provider. */
export type ClientKind = "client_credentials" | "authorization_code" | "federation";

export type OAuthClientInput = {
  name: string;
  scopes: string[];
  tokenSeconds: number;
  redirectUris: string[];
  issuer: string | null;
  subject: string | null;
  audiences: string[];
  /** Null: read from the issuer's discovery document. */
  jwksUri: string | null;
};

type Trusted = Pick<OAuthClientInput, "issuer" | "subject" | "audiences" | "jwksUri">;

/** The settings stored in a client's row. Settings that its kind doesn't use are absent. */
export type ClientSettings = Omit<OAuthClientInput, "scopes"> & { scopes: Scope[] };

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);
const maxEntries = 10;

/** Listed among a client's grants when it has no secret and must therefore use PKCE (RFC 7636). */
const publicMark = "public";

/** The grants of a kind, as stored in a client's row (RFC 6749 §1.3). */
export function grantsOf(kind: ClientKind, isPublic: boolean): string[] {
  if (kind !== "authorization_code") return ["client_credentials"];
  return ["authorization_code", "refresh_token", ...(isPublic ? [publicMark] : [])];
}

/** Derives the kind from a client's row. */
export function kindOf({ grants, issuer }: { grants: string[]; issuer: string | null }): ClientKind {
  if (issuer !== null) return "federation";
  return grants.includes("authorization_code") ? "authorization_code" : "client_credentials";
}

export function isPublicClient({ grants }: { grants: string[] }): boolean {
  return grants.includes(publicMark);
}

/** Checks a client's settings and drops those its kind doesn't use. */
export function parseClient(kind: ClientKind, input: OAuthClientInput): ClientSettings {
  const name = typedName(input.name, "client");
  if (name === "") throw refusal("name_blank.client");
  const { tokenSeconds } = input;
  if (!Number.isInteger(tokenSeconds) || tokenSeconds < 3_600 || tokenSeconds > 21_600)
    throw refusal("client_not_valid.hours");
  const scopes = parseScopes(input.scopes);
  const redirectUris = kind === "authorization_code" ? parseRedirectUris(input.redirectUris) : [];
  const nobody: Trusted = { issuer: null, subject: null, audiences: [], jwksUri: null };
  return { name, scopes, tokenSeconds, redirectUris, ...(kind === "federation" ? parseTrusted(input) : nobody) };
}

function distinct(texts: string[]): string[] {
  return [...new Set(texts.map((text) => text.trim()).filter((text) => text !== ""))];
}

function parseRedirectUris(texts: string[]): string[] {
  const uris = distinct(texts);
  if (uris.length === 0) throw refusal("client_not_valid.noRedirects");
  if (uris.length > maxEntries) throw refusal("client_not_valid.manyRedirects", { limit: String(maxEntries) });
  for (const uri of uris) {
    const why = whyNoRedirectUri(uri);
    if (why !== null) throw refusal("client_not_valid.redirect", { uri: cutText(uri, 200), why });
  }
  return uris;
}

/** Why a URL can't be a redirect URI, or null when it can (RFC 6749 §3.1.2, RFC 9700 §4.1). */
function whyNoRedirectUri(uri: string): Because | null {
  if (!/^[\x21-\x7e]{1,2000}$/.test(uri) || /[\\*]/.test(uri)) return because("characters");
  if (!URL.canParse(uri)) return because("noUrl");
  const { protocol, hostname, username, password } = new URL(uri);
  if (protocol !== "https:" && !(protocol === "http:" && loopback.has(hostname))) return because("https");
  if (uri.includes("#")) return because("fragment");
  return username !== "" || password !== "" ? because("credentials") : null;
}

function parseTrusted(input: OAuthClientInput): Trusted {
  const issuer = input.issuer?.trim() ?? "";
  const subject = input.subject?.trim() ?? "";
  const jwksUri = input.jwksUri?.trim() ?? "";
  const audiences = distinct(input.audiences);
  const [noIssuer, noKeys] = [whyNotOutside(issuer), jwksUri === "" ? null : whyNotOutside(jwksUri)];
  if (noIssuer !== null) throw refusal("client_not_valid.issuer", { why: noIssuer });
  if (noKeys !== null) throw refusal("client_not_valid.jwks", { why: noKeys });
  if (subject === "") throw refusal("client_not_valid.subject");
  if (audiences.length === 0) throw refusal("client_not_valid.noAudiences");
  if (audiences.length > maxEntries || [issuer, subject, jwksUri, ...audiences].some((text) => text.length > 500))
    throw refusal("client_not_valid.manyAudiences", { limit: String(maxEntries) });
  return { issuer, subject, audiences, jwksUri: jwksUri === "" ? null : jwksUri };
}
