import { createHash } from "node:crypto";
import { expect } from "vitest";
import { all, sql, statement } from "@/lib/db";
import { type Body, nobody } from "@/lib/provisioning/conformance/support";
import { userType } from "@/lib/provisioning/resources/columns";
import { builtIn } from "@/lib/provisioning/resources/registry";
import { bulkBody, patchBody, searchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { listOperations } from "@/lib/scim/route";

// Shared by the tests of threats. None of them is about the rate of good tokens.
process.env.MUSTER_SCIM_RATE = "0";

/** Wrong tokens of one address are slowed down (T29); whoever sends many fills the buckets again. */
export function refillBuckets(): void {
  (globalThis as { musterBuckets?: Map<string, unknown> }).musterBuckets?.clear();
}

/** Every operation of the service, as the route table has it. */
export const operations = listOperations(builtIn.stores.map(({ type }) => type));

/** A path of the table with this id or name. */
export function pathOf(path: string, id: string): string {
  return path.replace("{id}", id).replace(/\/$/, "") || "/";
}

type Operation = Pick<(typeof operations)[number], "kind" | "type">;

/** A body that an operation can run with, or undefined where it takes none. */
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

/** Tables that a request writes to for its own sake: what was asked, and that a token was used. */
const diaries = new Set(["ScimRequest", "AccessTokenUse"]);

/** The tables that hold rows of workspaces, diaries left out. */
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

/** A digest of every row of a workspace, in every table that has workspaces, and of its people's accounts and sessions. */
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

/** What no answer may hold: statements, names of the database, stacks, paths of files. */
const inside =
  /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|RAISE)\b|relation "|\bpg_|[Pp]ostgre|[Pp]risma|node_modules|\.[cm]?[jt]s:\d|\bat \S+ \(\S*[:/]|\/(work|home|tmp|usr|var)\/|_(key|pkey|fkey|check)\b/;

/** An answer tells nothing of the inside (T38). */
export function expectNothingInside(body: unknown): void {
  expect(JSON.stringify(body)).not.toMatch(inside);
}

/** No prototype has got anything that it was not made with (T20). */
export function expectCleanPrototypes(): void {
  for (const prototype of [Object.prototype, Array.prototype, String.prototype, Function.prototype])
    expect(Object.keys(prototype)).toEqual([]);
  expect(({} as Body).admin).toBeUndefined();
}
