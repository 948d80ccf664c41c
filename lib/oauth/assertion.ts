import { type JWTPayload, jwtVerify } from "jose";
import type { OAuthClient } from "@/lib/workspace/access/oauth/client";
import { isId } from "@/lib/workspace/id";
import { findKeys } from "./keys";

/** RFC 7523 §2.2 */
export const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Signature algorithms with an issuer's published keys; never `none`, and never a shared secret. */
export const assertionAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];

const clockTolerance = 60;
/** Seconds: a longer-lived assertion was not made for this. Entra's last an hour, those of managed identities a day. */
const longest = 25 * 3_600;

/** The application id in an audience such as `api://<id>/.default`, or the audience itself. */
function bare(audience: string): string {
  return audience.replace(/^api:\/\//, "").replace(/\/\.default$/, "");
}

/** Entra's portal and its assertions write one audience differently: `<id>`, `api://<id>` and `api://<id>/.default` are the same (S22). */
function audienceForms(audiences: string[]): string[] {
  const forms = audiences.flatMap((audience) => {
    const id = bare(audience);
    return isId(id.toLowerCase()) ? [audience, id, `api://${id}`, `api://${id}/.default`] : [audience];
  });
  return [...new Set(forms)];
}

/**
 * Why an assertion isn't valid for this client, or null when it is (RFC 7523 §3). It can be reused until it expires: Entra does so and
 * sends no `jti`. Throws when the issuer's keys can't be fetched.
 */
export async function whyNoAssertion(client: OAuthClient, assertion: string): Promise<string | null> {
  const { issuer, subject, audiences, jwksUri } = client;
  if (issuer === null || subject === null) return "the client is not one of workload identity federation";
  const audience = audienceForms(audiences);
  try {
    const { payload } = await jwtVerify(assertion, await findKeys(issuer, jwksUri), {
      issuer,
      audience,
      subject,
      algorithms: assertionAlgorithms,
      clockTolerance,
      requiredClaims: ["exp"],
    });
    return whyOtherClaims(payload, audience);
  } catch (error) {
    if (isJoseError(error)) return error.message;
    // The issuer published an invalid key, which is not our error.
    if (error instanceof TypeError || error instanceof DOMException) return "its key can't be used";
    throw error;
  }
}

/** Checks Entra's extra claims: `oid` repeats the subject, and `azp` (or `appid`) is the application that the token is for. */
function whyOtherClaims(payload: JWTPayload, audience: string[]): string | null {
  const { sub, oid, azp, appid, exp = 0 } = payload;
  if (oid !== undefined && oid !== sub) return 'the "oid" claim is not the subject';
  const others = [azp, appid].filter((claim) => claim !== undefined);
  if (others.some((claim) => claim !== sub && !audience.includes(String(claim))))
    return 'the "azp" claim is not the application that the audience names';
  return exp > Date.now() / 1000 + longest ? 'the "exp" claim is more than a day away' : null;
}

function isJoseError(error: unknown): error is Error {
  return (
    typeof (error as { code?: unknown } | null)?.code === "string" && /^ERR_J/.test((error as { code: string }).code)
  );
}
