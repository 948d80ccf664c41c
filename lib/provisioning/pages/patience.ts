import { isTooSlow } from "@/lib/database/trouble";
import { list, statement } from "@/lib/db";
import { ScimError } from "@/lib/scim/error";
import type { Walks } from "@/lib/scim/filter/sql";
import type { ListQuery } from "@/lib/scim/query/list";

/* Limits on how many values a list may examine and how long it may take, so that one workspace's queries don't hold up the others. */

/** The most values to compare a filter with: values of long lists, or members of groups, times its terms. PATCH has the same limit. */
const maxComparisons = 500_000;

/** Lists longer than this are counted. Shorter ones cost no more than the rest of a person. */
const longList = 100;

/** Rejects a filter or an order that would examine too many values. Throws 400 `tooMany`. */
export async function checkWalks(
  workspaceId: string,
  walks: Walks,
  { sort }: ListQuery,
  { table }: { table: "Membership" | "Team" },
): Promise<void> {
  const lists = walks.lists + (sort?.path?.attribute.multiValued ? 1 : 0);
  if (lists > 0) requireFew(lists * (await countListValues(workspaceId, table)));
  if (walks.rows > 0)
    requireFew(walks.rows * (await countMembers(workspaceId, Math.ceil(maxComparisons / walks.rows) + 1)));
}

function requireFew(comparisons: number): void {
  if (comparisons <= maxComparisons) return;
  throw new ScimError(
    400,
    "tooMany",
    `This query looks through ${comparisons} values or more, and ${maxComparisons} are possible. Use fewer terms on lists, or eq, which finds by an index.`,
  );
}

async function countListValues(workspaceId: string, table: "Membership" | "Team"): Promise<number> {
  const text = `SELECT coalesce(sum("listValues"), 0) AS count FROM "${table}" WHERE "workspaceId" = $1 AND "listValues" > ${longList}`;
  const [row] = await list<{ count: number }>(workspaceId, statement(text, [workspaceId]));
  return Number(row?.count ?? 0);
}

/** The number of members of all groups together; stops counting at `most`. */
async function countMembers(workspaceId: string, most: number): Promise<number> {
  const text = `SELECT count(*) AS count FROM (SELECT 1 FROM "TeamMember" WHERE "workspaceId" = $1 LIMIT $2) few`;
  const [row] = await list<{ count: number }>(workspaceId, statement(text, [workspaceId, most]));
  return row?.count ?? 0;
}

const givenUp = new WeakSet<object>();

/** Whether an error means that a list took too long, so that another try would as well. */
export function isGivenUp(error: unknown): boolean {
  return typeof error === "object" && error !== null && givenUp.has(error);
}

/** Reads a list; if that takes too long, throws an error that advises the client. */
export async function inTime<Result>(query: ListQuery, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!isTooSlow(error)) throw error;
    const tooSlowError = tooSlow(query);
    givenUp.add(tooSlowError);
    throw tooSlowError;
  }
}

/** The client can change a filter or an order (RFC 7644 §3.12, `tooMany`), and request a plain page again. */
function tooSlow({ filter, sort }: ListQuery): ScimError {
  if (filter === null && sort === null) {
    const detail = "This list took longer than 3 seconds. Ask for fewer resources, or try again.";
    return new ScimError(503, undefined, detail, { "retry-after": "5" });
  }
  const detail =
    "This query took longer than 3 seconds. Use fewer terms, or eq on userName, externalId or an id, which an index finds.";
  return new ScimError(400, "tooMany", detail);
}
