import { list, type MembershipModel, sql } from "@/lib/db";
import { isId } from "@/lib/workspace/id";
import { fold } from "@/lib/workspace/text";
import { readPeople } from "./people-list";

type Row = Pick<MembershipModel, "id" | "addressKey" | "userNameKey" | "externalId">;

/** The most entries of a list without a member that are named. */
const maxNamed = 100;

/** The members whom a pasted list names by email address, username, external id or id, and the entries that name nobody here. */
export async function matchPeople(workspaceId: string, text: string) {
  const keys = [...new Set(readPeople(text).map(({ key }) => key))];
  const folded = keys.map(fold);
  const ids = keys.filter(isId);
  const rows = await list<Row>(
    workspaceId,
    sql`
    SELECT id, "addressKey", "userNameKey", "externalId" FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} AND m.state <> 'ended'
      AND (m."addressKey" = ANY(${folded}::text[]) OR m."userNameKey" = ANY(${folded}::text[]) OR m."externalId" = ANY(${keys}::text[]) OR m.id = ANY(${ids}::uuid[]))`,
  );
  const known = new Set(
    rows.flatMap(({ id, addressKey, userNameKey, externalId }) => [id, addressKey, userNameKey, externalId]),
  );
  const unknown = keys.filter((key) => !known.has(key) && !known.has(fold(key)));
  return { ids: rows.map(({ id }) => id), unknown: unknown.slice(0, maxNamed), unknownTotal: unknown.length };
}
