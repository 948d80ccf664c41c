import { describe, expect, test } from "vitest";
import { statusOf } from "@/app/api/problem";
import type { Reason } from "@/lib/workspace/refusal";
import { findRefusals } from "@/scripts/testing/refusals-reached";
import { describeApi, failuresOf } from "./openapi";
import known from "./refusals.json";
import { endpoints } from "./table";

type Described = { paths: Record<string, Record<string, { responses: Record<string, unknown> }>> };

test("F1 what each endpoint can refuse is what its sources can throw (else: npm run rest:refusals)", () => {
  expect(findRefusals()).toEqual(known);
  expect(Object.keys(known).sort()).toEqual(endpoints.map(({ id }) => id).sort());
}, 60_000); // it reads all sources

describe.each(endpoints.map((endpoint) => [endpoint.id, endpoint] as const))("F1 %s", (id, endpoint) => {
  test("tells of the status of every refusal", () => {
    process.env.DATABASE_URL ??= "postgresql://localhost/muster";
    process.env.MUSTER_SECRET ??= "a secret of the test run, long enough";
    const { paths } = describeApi(endpoints) as Described;
    const documented = Object.keys(paths[endpoint.path]?.[endpoint.method.toLowerCase()]?.responses ?? {});
    for (const reason of (known as Record<string, Reason[]>)[id] ?? [])
      expect(documented, reason).toContain(String(statusOf[reason]));
    expect(documented).toEqual(expect.arrayContaining(failuresOf(endpoint).map(String)));
  });
});

test("F1 a refusal is found wherever it stands: in a helper's helper, a subclass, or one branch of a choice", () => {
  expect(known.rotateWebhookSecret).toContain("state_conflict");
  expect(known.updateMember).toContain("mass_change_held");
  expect(known.addDomain).toEqual(expect.arrayContaining(["domain_not_valid", "domain_refused"]));
  expect(known.describe).toEqual([]);
});
