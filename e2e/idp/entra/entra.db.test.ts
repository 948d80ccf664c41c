import { describe, expect, test } from "vitest";
import { nodeDoorUrl } from "@/lib/provisioning/doors";
import { openWorkspace } from "@/lib/provisioning/fixtures";
import { defaultKnobs } from "./knobs";
import { openTenant, scenarios } from "./scenarios";

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
      url: await nodeDoorUrl,
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
