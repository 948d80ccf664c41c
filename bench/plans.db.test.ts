import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { userType } from "@/lib/provisioning/resources/columns";
import { foldValues } from "@/lib/scim/filter/sql";
import type { Values } from "@/lib/scim/schema/schema";
import { capturePlans, indexesIn, type Plan, scannedIn } from "./capture";
import { openBenchWorkspace, seedPeople } from "./seed";

// bench/plans holds how the statements ran when somebody last looked: npm run bench -- plans --write.

const stored = readdirSync("bench/plans").map((file) => file.replace(/\.txt$/, ""));
const db = new pg.Client({ connectionString: process.env.DATABASE_URL });
let plans: Map<string, Plan>;

beforeAll(async () => {
  await db.connect();
  await seedPeople(db, await openBenchWorkspace(db, "planned-beside"), 2_000);
  const workspace = await openBenchWorkspace(db, "planned");
  await seedPeople(db, workspace, 50_000);
  plans = await capturePlans(db, workspace, 5_000);
}, 120_000);

afterAll(async () => {
  await flushRequestLog();
  await db.end();
});

/**
 * The index under the name that stands for it here: one member of one team is found by the team or by the person
 * at the same cost, so that the sample which ANALYZE drew decides between the two.
 */
function nameOfIndex(index: string): string {
  return index === "TeamMember_workspaceId_membershipId_idx" ? "TeamMember_pkey" : index;
}

function textOf(name: string): string {
  return (plans.get(name)?.statements ?? []).map(({ plan }) => plan).join("\n");
}

test("what is seeded is what the service would have stored", async () => {
  const { rows } = await db.query<{ attributes: Values; folded: Values }>(
    `SELECT attributes, folded FROM "Membership" WHERE "externalId" LIKE 'employee-%' LIMIT 20`,
  );
  expect(rows).toHaveLength(20);
  for (const { attributes, folded } of rows) expect(folded).toEqual(foldValues(attributes, userType));
});

test("every plan of the hot path is stored, and no other", () => {
  expect([...plans.keys()].sort()).toEqual(stored.sort());
});

describe.each(stored)("%s", (name) => {
  test("uses the indexes that its stored plan names", () => {
    const wanted = indexesIn(readFileSync(join("bench/plans", `${name}.txt`), "utf8")).map(nameOfIndex);
    expect(indexesIn(textOf(name)).map(nameOfIndex)).toEqual(expect.arrayContaining(wanted));
  });

  test("reads no table that grows with the workspace from end to end", () => {
    expect(scannedIn(textOf(name))).toEqual([]);
  });
});
