import { beforeEach, describe, expect, test } from "vitest";
import { env } from "@/lib/env";
import { openWorkspace } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { basic, introspect, issued, makeClient, makeCodeClient } from "./support";

// Who may introspect a token (RFC 7662 §2.1: the caller is authorised, or the endpoint helps whoever guesses).

const here = globalThis as { musterBuckets?: Map<string, unknown> };
beforeEach(() => here.musterBuckets?.clear());

const bearer = (token: string, address = "203.0.113.1") => ({
  authorization: `Bearer ${token}`,
  "x-remote-address": address,
});

describe("A11 introspection", () => {
  test("A11 takes a client that keeps a secret: the id of a public client, which is no secret, opens nothing", async () => {
    const workspace = await openWorkspace("a");
    const open = await makeCodeClient(workspace, { isPublic: true });
    const token = await issued(await makeClient(workspace));
    for (const subject of [token, workspace.token.secret]) {
      const answer = await introspect({ token: subject, client_id: open.clientId });
      expect(answer).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    }
  });

  test("A11 a bearer token tells of itself only, also where it is its own client", async () => {
    const workspace = await openWorkspace("a");
    const narrow = { name: "Narrow", scopes: ["domain:read"], expiresAt: null, connection: null };
    const { secret } = await createAccessToken(workspace.operator, narrow);
    const other = workspace.token.secret;
    expect((await introspect({}, bearer(secret))).body).toMatchObject({ active: true, scope: "domain:read" });
    expect((await introspect({ token: secret }, bearer(secret))).body).toMatchObject({ active: true });
    expect(await introspect({ token: other }, bearer(secret))).toMatchObject({ status: 401 });
    const asClient = basic(secret.slice(0, 12), secret);
    expect((await introspect({ token: other }, asClient)).body).toEqual({ active: false });
    expect((await introspect({ token: secret }, asClient)).body).toMatchObject({ active: true });
  });

  test("A11 guesses are limited by network, and a good token in the same network is not", async () => {
    const workspace = await openWorkspace("a");
    const tries: number[] = [];
    for (let each = 0; each < 130; each++) tries.push((await introspect({}, bearer(`guess${each}`))).status);
    expect(tries.slice(0, 90).every((status) => status === 200)).toBe(true);
    const last = await introspect({}, bearer("guess"));
    expect(last).toMatchObject({ status: 429, body: { error: "slow_down" } });
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await introspect({}, bearer(workspace.token.secret))).body).toMatchObject({ active: true });
    expect((await introspect({}, bearer("guess", "203.0.113.2"))).status).toBe(200);
  });

  test("A11 a token and a client are limited like the rest of what they ask", async () => {
    const workspace = await openWorkspace("a");
    const client = await makeClient(workspace);
    env().MUSTER_API_RATE = 0.01; // one at once, and the next in a minute and more
    const asks: (() => ReturnType<typeof introspect>)[] = [
      () => introspect({}, bearer(workspace.token.secret)),
      () => introspect({ token: "x", ...client.credentials }),
    ];
    for (const ask of asks) {
      const seen = new Set<number>();
      for (let each = 0; each < 3; each++) seen.add((await ask()).status);
      expect([...seen]).toEqual([200, 429]);
    }
  });
});
