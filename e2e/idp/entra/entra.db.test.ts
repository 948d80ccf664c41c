import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerNode } from "@/lib/provisioning/node-door";
import { createAccessToken } from "@/lib/workspace/access-tokens";
import type { Actor } from "@/lib/workspace/actor";
import { addDomain, trustDomain } from "@/lib/workspace/domains";
import { createWorkspace } from "@/lib/workspace/workspaces";
import { defaultKnobs } from "./knobs";
import { openTenant, scenarios } from "./scenarios";

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const [path = "", query = ""] = (request.url ?? "").split("?");
    void answerNode(request, response, path.replace("/scim/v2", ""), query, "127.0.0.1");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/v2`;
});

afterAll(() => new Promise((done) => server.close(done)));

/** A workspace of its own with a verified domain and a token for Entra. */
async function openWorkspace(slug: string): Promise<{ token: string; domain: string }> {
  const domain = `${slug}.test`;
  const made = await createWorkspace(
    { name: slug, slug, adminEmail: `admin@${domain}`, firstName: "Ada", lastName: "Admin" },
    "Test",
  );
  const actor: Actor = { workspaceId: made.id, kind: "operator", id: null, name: "Test" };
  await addDomain(actor, domain);
  await trustDomain(actor, domain);
  const scopes = ["user_management:read-write"];
  const { secret } = await createAccessToken(actor, { name: "Entra", scopes, expiresAt: null, connection: null });
  return { token: secret, domain };
}

const variants = [
  ["default", {}],
  ["flag", { flag: true }],
  ["match externalId", { matchAttr: "externalId" as const, externalIdSource: "objectId" as const }],
  [
    "match email, chunks",
    { matchAttr: 'emails[type eq "work"].value' as const, memberChunk: 5, memberConcurrency: 50 },
  ],
] as const;

describe.each(variants)("Entra, %s", (name, knobs) => {
  test("scenarios S1–S7 and S10 hold", { timeout: 120_000 }, async () => {
    const { token, domain } = await openWorkspace(`w${variants.findIndex(([known]) => known === name)}`);
    const tenant = openTenant({ url, token, domain, knobs: { ...defaultKnobs, ...knobs }, users: 30, groups: 3 });
    for (const [title, run] of Object.entries(scenarios)) {
      await expect(run(tenant), title).resolves.toBeUndefined();
    }
    expect(tenant.job.failures).toEqual([]);
    expect(tenant.wire.checks).toBeGreaterThan(500);
    tenant.wire.close();
  });
});
