import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import { fetchOutside } from "@/lib/outgoing";

/** Milliseconds. */
const timeout = 5_000;
const rediscoverAfter = 24 * 3_600_000;
const restAfterFailure = 30_000;
const maxSets = 1_000;

type KeySet = { getKey: JWTVerifyGetKey; foundAt: number };

/** Fetched keys by issuer, and issuers that failed recently, so that strangers can't make us send requests endlessly. */
const sets = new Map<string, KeySet>();
const failures = new Map<string, number>();

/** The keys can't be fetched right now. */
class NoKeys extends Error {
  readonly kind = "no-keys";
}

async function readJson(url: string): Promise<string> {
  const failedAt = failures.get(url);
  if (failedAt !== undefined && Date.now() - failedAt < restAfterFailure)
    throw new NoKeys(`${url} did not answer a moment ago`);
  try {
    const { status, body } = await fetchOutside(url, { headers: { accept: "application/json" }, timeout });
    if (status !== 200) throw new Error(`status ${status}`);
    failures.delete(url);
    return body;
  } catch (error) {
    if (failures.size >= maxSets) failures.clear();
    failures.set(url, Date.now());
    throw new NoKeys(`${url} can't be read: ${(error as Error).message}`);
  }
}

/** Returns the URL of the issuer's keys (OpenID Connect Discovery §4). */
async function discover(issuer: string): Promise<string> {
  const text = await readJson(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const found = parseObject(text);
  if (found?.issuer !== issuer || typeof found.jwks_uri !== "string")
    throw new NoKeys(`the discovery document of ${issuer} is not its own, or names no keys`);
  return found.jwks_uri;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null; // invalid JSON counts as no document
  }
}

/** An issuer's signing keys: cached for ten minutes, and fetched again when an unknown key is used, at most twice a minute. */
export async function findKeys(issuer: string, jwksUri: string | null): Promise<JWTVerifyGetKey> {
  const name = `${issuer} ${jwksUri ?? ""}`;
  const known = sets.get(name);
  if (known && (jwksUri !== null || Date.now() - known.foundAt < rediscoverAfter)) return known.getKey;
  const url = new URL(jwksUri ?? (await discover(issuer)));
  const getKey = createRemoteJWKSet(url, {
    timeoutDuration: timeout,
    [customFetch]: async (address: string) => new Response(await readJson(address)),
  });
  if (sets.size >= maxSets) sets.clear();
  sets.set(name, { getKey, foundAt: Date.now() });
  return getKey;
}
