import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Wire } from "@/e2e/idp/entra/connector/wire";
import { listBroken } from "@/e2e/idp/support/invariants";
import { nodeAdapterUrl } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { galleryCases } from "./gallery";
import { openValidator, webCases } from "./validator";
import type { Validator } from "./validator-requests";

process.env.MUSTER_SCIM_RATE = "0"; // how fast the validators are is not what they are about

// Microsoft's validators (S20, S21), each case by its name in their results. Their people are on the workspace's domain, or, as in
// the public validator, on one that nobody has verified.

const runs: [name: string, own: boolean, more: Partial<Validator>][] = [
  ["people on the verified domain", true, {}],
  ["people on any domain, joined by externalId", false, { joinBy: "externalId", managerForm: "text" }],
];

describe.each(runs)("%s", (_, own, more) => {
  let workspace: TestWorkspace;
  let validator: Validator;

  beforeAll(async () => {
    workspace = await openWorkspace("v");
    const wire = new Wire(await nodeAdapterUrl, workspace.token.secret, false);
    validator = openValidator(wire, own ? workspace.domain : "kozey.example", more);
  });

  afterAll(() => validator.wire.close());

  describe("the web validator", () => {
    test.each(Object.entries(webCases))("%s", async (_, run) => {
      await run(validator);
      expect(validator.wire.checks).toBeGreaterThan(0);
    });
  });

  describe("the validation of the app gallery", () => {
    test.each(Object.entries(galleryCases))("%s", async (_, run) => {
      await run(validator);
      expect(validator.wire.checks).toBeGreaterThan(0);
    });
  });

  test("and every invariant holds afterwards", async () => {
    expect(await listBroken(workspace.id)).toEqual([]);
  });
});

test("there are 25 cases and 7 in preview, and 23 of the gallery without the two of the token endpoint", () => {
  const ids = Object.keys(webCases).map((name) => name.split(" ")[0]);
  const numbers = Array.from({ length: 25 }, (_, index) => String(index + 1));
  expect(ids.sort()).toEqual([...numbers, ...["1", "2", "3", "4", "5", "6", "7"].map((digit) => `P${digit}`)].sort());
  expect(Object.keys(galleryCases)).toHaveLength(23);
});
