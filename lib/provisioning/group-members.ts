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
export function membersOf(alias: string, as = " AS members"): string {
  return `(SELECT string_agg(uuid_send(tm."membershipId"), ''::bytea ORDER BY tm."membershipId")
    FROM "TeamMember" tm WHERE tm."workspaceId" = $1 AND tm."teamId" = ${alias}.id)${as}`;
}

function idAt(ids: Buffer, index: number): string {
  return idOf(ids.toString("hex", index * width, (index + 1) * width));
}

function idOf(hex: string): string {
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

/** The same as JSON, where they are few enough to be written at once; else null. Ids need no escape. */
export function membersText(ids: Buffer | null): string | null {
  if (ids === null) return "[]";
  if (ids.length > maxAtOnce * width) return null;
  const before = `","$ref":${JSON.stringify(locationOf("", userType, scimBase())).slice(0, -1)}`;
  const hex = ids.toString("hex");
  const members: string[] = [];
  for (let from = 0; from < hex.length; from += 2 * width) {
    const id = idOf(hex.slice(from, from + 2 * width));
    members.push(`{"value":"${id}${before}${id}","type":"User"}`);
  }
  return `[${members.join(",")}]`;
}
