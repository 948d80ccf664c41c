import { LazyList } from "@/lib/scim/lazy-list";
import type { Values } from "@/lib/scim/schema";
import { locationOf } from "@/lib/scim/serialize";
import { userType } from "./columns";
import { scimBase } from "./users";

/** Bytes of an id. */
const width = 16;

/** Members that are still made at once; longer lists are made while they are written. */
const maxAtOnce = 1_000;

/**
 * The members of a team, the row `alias` of workspace $1, as one value, sixteen bytes each: a hundred thousand are 1.6 MB and one
 * consistent answer of the database, which no slow reader of the answer holds up.
 */
export function membersOf(alias: string): string {
  return `(SELECT string_agg(uuid_send(tm."membershipId"), ''::bytea ORDER BY tm."membershipId")
    FROM "TeamMember" tm WHERE tm."workspaceId" = $1 AND tm."teamId" = ${alias}.id) AS members`;
}

function idAt(ids: Buffer, index: number): string {
  const hex = ids.toString("hex", index * width, (index + 1) * width);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The members as they are sent. */
export function showMembers(ids: Buffer | null): Values[] | LazyList {
  if (ids === null) return [];
  const base = scimBase();
  const at = (index: number): Values => {
    const value = idAt(ids, index);
    return { value, $ref: locationOf(value, userType, base), type: "User" };
  };
  const length = ids.length / width;
  return length > maxAtOnce ? new LazyList(length, at) : Array.from({ length }, (_, index) => at(index));
}
