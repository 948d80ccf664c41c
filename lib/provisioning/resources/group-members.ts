import { LazyList } from "@/lib/scim/query/lazy-list";
import { locationOf } from "@/lib/scim/resource/serialize";
import type { Values } from "@/lib/scim/schema/schema";
import { memberDisplay, userType } from "./columns";
import { scimBase } from "./scim-base";

/** Bytes of an id. */
export const width = 16;

/** Up to this many members are built at once; longer lists are built while they are written. */
export const maxAtOnce = 1_000;

/** The members of a team as the database returns them: ids of sixteen bytes each, and their names in the same order if there are few. */
export type Members = { members: Buffer | null; names: string[] | null };

/** Members that are counted to estimate a group's size; more make no difference. */
const maxCounted = 50_000;

/** The number of members of the team `alias` of workspace $1. */
export function memberCountOf(alias: string): string {
  return `(SELECT count(*) FROM (SELECT 1 FROM "TeamMember" tm WHERE tm."workspaceId" = $1 AND tm."teamId" = ${alias}.id LIMIT ${maxCounted}) few) AS "memberCount"`;
}

/** The approximate bytes of a row `alias`'s members as they are sent. */
export function memberBytes(alias: string): string {
  return `${alias}."memberCount" * 250`;
}

/**
 * The members of a team, the row `alias` of workspace $1 with its `memberCount`, as one value: a hundred thousand are 1.6 MB and one
 * consistent answer of the database, independent of how slowly the client reads. Only groups that are sent at once include names.
 */
export function membersOf(alias: string): string {
  const from = `FROM "TeamMember" tm WHERE tm."workspaceId" = $1 AND tm."teamId" = ${alias}.id`;
  return `(SELECT string_agg(uuid_send(tm."membershipId"), ''::bytea ORDER BY tm."membershipId") ${from}) AS members,
    CASE WHEN ${alias}."memberCount" <= ${maxAtOnce} THEN (SELECT json_agg(${memberDisplay("sent")} ORDER BY tm."membershipId") ${from}) END AS names`;
}

function idAt(ids: Buffer, index: number): string {
  return idOf(ids.toString("hex", index * width, (index + 1) * width));
}

/** An id from its 32 hexadecimal digits. */
export function idOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The members as SCIM values. */
export function showMembers({ members: ids, names }: Members): Values[] | LazyList {
  if (ids === null) return [];
  const base = scimBase();
  const at = (index: number): Values => {
    const value = idAt(ids, index);
    const display = names?.[index];
    return { value, $ref: locationOf(value, userType, base), type: "User", ...(display !== undefined && { display }) };
  };
  const length = ids.length / width;
  return length > maxAtOnce ? new LazyList(length, at) : Array.from({ length }, (_, index) => at(index));
}
