import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWorkspace } from "@/lib/provisioning/fixtures";
import { answerNode } from "@/lib/provisioning/node-door";
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

const variants = [
  ["default", {}],
  ["flag", { flag: true }],
  ["match externalId", { matchAttr: "externalId" as const, externalIdSource: "objectId" as const }],
  [
    "match email, chunks",
    { matchAttr: 'emails[type eq "work"].value' as const, memberChunk: 5, memberConcurrency: 50 },
  ],
] as const;

describe.each(variants)("Entra, %s", (_, knobs) => {
  test("scenarios S1–S7 and S10 hold", { timeout: 120_000 }, async () => {
    const { token, domain } = await openWorkspace();
    const tenant = openTenant({
      url,
      token: token.secret,
      domain,
      knobs: { ...defaultKnobs, ...knobs },
      users: 30,
      groups: 3,
    });
    for (const [title, run] of Object.entries(scenarios)) {
      await expect(run(tenant), title).resolves.toBeUndefined();
    }
    expect(tenant.job.failures).toEqual([]);
    expect(tenant.wire.checks).toBeGreaterThan(500);
    tenant.wire.close();
  });
});
