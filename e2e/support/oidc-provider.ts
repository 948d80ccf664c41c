import { createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The person that the provider reports as signed in. */
export type Claims = { sub: string; email: string; email_verified: boolean };

export type OidcProvider = {
  issuer: string;
  /** The person who signs in next. */
  claims: Claims;
  close: () => Promise<void>;
};

const clientId = "muster";

/** An OpenID provider on loopback that signs everybody in at once (OpenID Connect Core §3.1, code flow). */
export async function openOidcProvider(claims: Claims): Promise<OidcProvider> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider: OidcProvider = { issuer: "", claims, close: async () => {} };
  const nonces = new Map<string, string | null>();

  const answers: Record<string, (url: URL, body: URLSearchParams) => object> = {
    "/.well-known/openid-configuration": () => ({
      issuer: provider.issuer,
      authorization_endpoint: `${provider.issuer}/authorize`,
      token_endpoint: `${provider.issuer}/token`,
      jwks_uri: `${provider.issuer}/keys`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    }),
    "/keys": () => ({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" }] }),
    "/token": (_, body) => {
      const nonce = nonces.get(body.get("code") ?? "");
      const now = Math.floor(Date.now() / 1000);
      const times = { iat: now, exp: now + 300 };
      const token = { iss: provider.issuer, aud: clientId, ...times, ...provider.claims, ...(nonce && { nonce }) };
      return { token_type: "Bearer", access_token: randomUUID(), expires_in: 300, id_token: sign(token) };
    },
  };

  function sign(token: object): string {
    const parts = [{ alg: "RS256", kid: "1" }, token].map((part) =>
      Buffer.from(JSON.stringify(part)).toString("base64url"),
    );
    const signature = createSign("RSA-SHA256").update(parts.join(".")).sign(privateKey, "base64url");
    return `${parts.join(".")}.${signature}`;
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", provider.issuer);
    if (url.pathname === "/authorize") {
      const code = randomUUID();
      nonces.set(code, url.searchParams.get("nonce"));
      const back = new URL(url.searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("code", code);
      back.searchParams.set("state", url.searchParams.get("state") ?? "");
      return void response.writeHead(302, { location: back.href }).end();
    }
    let body = "";
    for await (const chunk of request) body += chunk;
    const answer = answers[url.pathname]?.(url, new URLSearchParams(body));
    response.writeHead(answer ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  provider.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  provider.close = () => new Promise((resolve) => server.close(() => resolve()));
  return provider;
}
