import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeClient } from "@/app/oauth/support";
import { POST as tokenRoute } from "@/app/oauth/token/route";
import { listBroken } from "@/e2e/idp/support/invariants";
import { nodeAdapterUrl } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { revokeOAuthClient } from "@/lib/workspace/access/oauth/clients";
import { type Credentials, tokenSource } from "./connector/token-endpoint";
import { Wire } from "./connector/wire";
import { makeDirectory } from "./directory";
import { Job } from "./job";
import { defaultKnobs } from "./knobs";

// S22: the token endpoint, by a secret in either place and by an assertion; the whole cycle runs on its tokens.

process.env.MUSTER_OUTGOING_LOOPBACK = "on"; // the issuer of this test is on this machine

const subject = "d2f8ee76-c549-45b8-a143-f5b640669704";
const app = "b5ba7a93-4452-4522-aeb4-a2b5da870c16";
const audience = `api://${app}`;

let close: () => void = () => {};
let issuer = "";
let sign: () => Promise<string> = async () => "";

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid: "1", alg: "RS256", use: "sig" }];
  const server = createServer((_, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys })),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sign = () =>
    new SignJWT({ oid: subject, azp: app })
      .setProtectedHeader({ alg: "RS256", kid: "1" })
      .setIssuer(issuer)
      .setSubject(subject)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(privateKey);
  close = () => void server.close();
});
afterAll(() => close());

let asked = 0;
async function post(form: URLSearchParams, headers: Record<string, string>) {
  asked++;
  const answer = await tokenRoute(
    new Request("http://muster.test/oauth/token", { method: "POST", body: form, headers }),
  );
  return { status: answer.status, body: await answer.json() };
}

type Made = { credentials: Credentials; id: string };

const ways: [string, (workspace: TestWorkspace) => Promise<Made>][] = [
  ["header", (workspace) => bySecret(workspace, "header")],
  ["body", (workspace) => bySecret(workspace, "body")],
  [
    "assertion",
    async (workspace) => {
      const trusted = { issuer, subject, audiences: [audience], jwksUri: `${issuer}/keys` };
      const { id, clientId } = await makeClient(workspace, { kind: "federation", name: "Entra", ...trusted });
      return { id, credentials: { kind: "assertion", clientId, assertion: () => sign() } };
    },
  ],
];

async function bySecret(workspace: TestWorkspace, kind: "header" | "body"): Promise<Made> {
  const { id, clientId, secret } = await makeClient(workspace);
  return { id, credentials: { kind, clientId, secret } };
}

describe.each(ways)("S22 by %s", (_, make) => {
  test("a cycle runs on fetched tokens, one for all of it; the next is fetched in time; a revoked client gets none", async () => {
    const workspace = await openWorkspace("s22");
    const { id, credentials } = await make(workspace);
    let now = Date.now();
    asked = 0;
    const wire = new Wire(
      await nodeAdapterUrl,
      tokenSource(post, credentials, () => now),
      false,
    );
    const job = new Job(wire, { ...defaultKnobs, memberChunk: 5 });
    const directory = makeDirectory(workspace.domain, 10, 2);
    expect(await job.cycle(directory)).toBe("done");
    expect([job.failures, asked > 0]).toEqual([[], true]);
    const before = asked;
    now += 3_500_000;
    const writes = wire.writes;
    expect(await job.cycle(directory)).toBe("done");
    expect([job.failures, wire.writes - writes, asked > before]).toEqual([[], 0, true]);
    await revokeOAuthClient(workspace.operator, id);
    await expect(job.cycle(directory), "what was issued ended with its client").rejects.toMatchObject({
      code: "Unauthorized",
    });
    wire.close();
    expect(await listBroken(workspace.id)).toEqual([]);
  });
});
