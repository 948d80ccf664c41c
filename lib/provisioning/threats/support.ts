import { createHash } from "node:crypto";
import { expect } from "vitest";
import { all, sql, statement } from "@/lib/db";
import { type Body, nobody } from "@/lib/provisioning/conformance/support";
import { userType } from "@/lib/provisioning/resources/columns";
import { builtIn } from "@/lib/provisioning/resources/registry";
import { bulkBody, patchBody, searchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { listOperations } from "@/lib/scim/route";

// Shared by the tests of threats. They don't test the rate limit of valid tokens, so it is off.
process.env.MUSTER_SCIM_RATE = "0";

/** Wrong tokens from one IP address are slowed down (T29); tests that send many refill the buckets. */
export function refillBuckets(): void {
  (globalThis as { musterBuckets?: Map<string, unknown> }).musterBuckets?.clear();
}

/** Every operation of the service, from the route table. */
export const operations = listOperations(builtIn.stores.map(({ type }) => type));

/** A path from the table with this id or name. */
export function pathOf(path: string, id: string): string {
  return path.replace("{id}", id).replace(/\/$/, "") || "/";
}

type Operation = Pick<(typeof operations)[number], "kind" | "type">;

/** A valid body for an operation, or undefined if it takes none. */
export function bodyOf({ kind, type }: Operation, name: string): Body | undefined {
  const isUser = type === userType.name;
  switch (kind) {
    case "create":
    case "replace":
      return isUser ? userBody(name) : { displayName: name };
    case "patch":
      return patchBody({ op: "replace", path: isUser ? "title" : "displayName", value: name });
    case "search":
    case "searchAll":
      return searchBody();
    case "bulk":
      return bulkBody([{ method: "DELETE", path: `/Users/${nobody}` }]);
    default:
      return undefined;
  }
}

/** Tables that record the request itself: its log entry, and the use of the token. */
const diaries = new Set(["ScimRequest", "AccessTokenUse"]);

/** The tables that hold rows of workspaces, except `diaries`. */
export async function tablesOfWorkspaces(): Promise<string[]> {
  const rows = await all<{ name: string }>(sql`
    SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'workspaceId' ORDER BY 1`);
  return rows.map(({ name }) => name).filter((name) => !diaries.has(name));
}

async function rowsOf(table: string, condition: string, workspaceId: string): Promise<string> {
  const rows = await all<{ row: string }>(
    statement(`SELECT t::text AS row FROM "${table}" t WHERE ${condition} ORDER BY 1`, [workspaceId]),
  );
  return `${table}\n${rows.map(({ row }) => row).join("\n")}\n`;
}

const ofPeople = `IN (SELECT m."userId" FROM "Membership" m WHERE m."workspaceId" = $1)`;

/** A digest of every row of a workspace in all its tables, and of its people's accounts and sessions. */
export async function digestOf({ id }: Pick<TestWorkspace, "id">): Promise<string> {
  const texts = [
    await rowsOf("Workspace", "id = $1", id),
    await rowsOf("User", `id ${ofPeople}`, id),
    await rowsOf("Session", `"userId" ${ofPeople}`, id),
    await rowsOf("Account", `"userId" ${ofPeople}`, id),
  ];
  for (const table of await tablesOfWorkspaces()) texts.push(await rowsOf(table, `"workspaceId" = $1`, id));
  return createHash("sha256").update(texts.join("")).digest("hex");
}

/** Text that no answer may contain: SQL, database names, stack traces, file paths. */
const inside =
  /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|RAISE)\b|relation "|\bpg_|[Pp]ostgre|[Pp]risma|node_modules|\.[cm]?[jt]s:\d|\bat \S+ \(\S*[:/]|\/(work|home|tmp|usr|var)\/|_(key|pkey|fkey|check)\b/;

/** An answer must not reveal internals (T38). */
export function expectNothingInside(body: unknown): void {
  expect(JSON.stringify(body)).not.toMatch(inside);
}

/** No prototype has gained a property (T20). */
export function expectCleanPrototypes(): void {
  for (const prototype of [Object.prototype, Array.prototype, String.prototype, Function.prototype])
    expect(Object.keys(prototype)).toEqual([]);
  expect(({} as Body).admin).toBeUndefined();
}
