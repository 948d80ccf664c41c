import { isObject } from "@/lib/scim/json";
import { locationOf, type Stored } from "@/lib/scim/resource/serialize";
import { findAttribute, type Values } from "@/lib/scim/schema/schema";
import { common } from "@/lib/scim/schemas/common";
import { enterpriseUser } from "@/lib/scim/schemas/enterprise-user";
import { user } from "@/lib/scim/schemas/user";
import { isId } from "@/lib/scim/store";
import { readsActive } from "@/lib/workspace/members/person";
import type { Membership } from "@/lib/workspace/membership/row";
import { groupType, managerMark, noTeams, userType } from "./columns";
import { personText } from "./fast-path";
import { scimBase } from "./scim-base";

/** The columns that a read selects of a person. */
export type Row = Pick<Membership, "id" | "userName" | "externalId" | "state" | "version"> & {
  /** The attributes: parsed, or as the database's JSON text for rows that are only read. */
  attributes?: Membership["attributes"] | null;
  json?: string | null;
  /** In UTC, as PostgreSQL writes them: `2026-11-25 01:02:03.4`. */
  created: string;
  modified: string;
  teams: Teams | null;
  /** Whether the manager is in this workspace. */
  hasManager: boolean;
};

/** The person's teams by name, absent unless requested, and a digest of them; null if there are none. */
type Teams = { digest: string; names?: TeamName[] };

type TeamName = { value: string; display: string };

/** Computed values of a person that are not in the row. */
export type Computed = Pick<Row, "teams" | "hasManager">;

export const groupsAttribute = findAttribute(user.attributes, "groups");

export const metaAttribute = common.find(({ name }) => name === "meta");

/** The values of a person as sent by their identity provider, with the state as `active`. */
export function valuesOf(row: Pick<Membership, "userName" | "externalId" | "state"> & Pick<Row, "attributes">): Values {
  const { externalId } = row;
  return {
    ...row.attributes,
    userName: row.userName,
    ...(externalId !== null && { externalId }),
    active: readsActive(row),
  };
}

export function managerOf(values: Values): Values | null {
  const extension = values[enterpriseUser.id];
  const manager = isObject(extension) ? extension.manager : undefined;
  return isObject(manager) && isId(manager.value) ? manager : null;
}

/** A manager in this workspace gets the URL of their User; one that a client sends is ignored (E16). */
function withManagerReference(values: Values): Values {
  const manager = managerOf(values);
  const extension = values[enterpriseUser.id];
  if (manager === null || !isObject(extension)) return values;
  const $ref = locationOf(String(manager.value), userType, scimBase());
  return { ...values, [enterpriseUser.id]: { ...extension, manager: { ...manager, $ref } } };
}

/** The part of the ETag that the version doesn't cover: the teams, and whether the manager has a URL. */
function digestOf({ teams, hasManager }: Computed): string {
  return `${teams?.digest ?? noTeams}${hasManager ? managerMark : ""}`;
}

type Times = Pick<Stored, "created" | "lastModified">;

function storedOf(
  row: Parameters<typeof valuesOf>[0] & Pick<Row, "id" | "version">,
  { teams, hasManager }: Computed,
  times: Times,
): Stored {
  const groups = groupsOf(teams);
  const own = valuesOf(row);
  const values = { ...(hasManager ? withManagerReference(own) : own), ...(groups.length > 0 && { groups }) };
  return { id: row.id, values, version: row.version, computed: digestOf({ teams, hasManager }), ...times };
}

/** For a row that was read. */
export function toStored(row: Row): Stored {
  return storedOf(row, row, timesOf(row));
}

/** For a row that was written, with its computed values. */
export function writtenOf(row: Membership, computed: Computed): Stored {
  return storedOf(row, computed, { created: row.createdAt.toISOString(), lastModified: row.updatedAt.toISOString() });
}

function timesOf({ created, modified }: Row): Times {
  return { created: isoOf(created), lastModified: isoOf(modified) };
}

/** Converts PostgreSQL's UTC time to ISO 8601 with milliseconds. Slicing the text takes a tenth of the time of parsing it. */
function isoOf(text: string): string {
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20).padEnd(3, "0")}Z`;
}

/** For a row that is only read: its attributes stay text. */
export function toShown(row: Row): Stored {
  const { json } = row;
  if (typeof json !== "string") return toStored(row);
  const { hasManager, userName, externalId } = row;
  return {
    id: row.id,
    values: {},
    version: row.version,
    computed: digestOf(row),
    ...timesOf(row),
    json: personText({ json, hasManager, userName, active: readsActive(row), externalId, groups: groupsOf(row.teams) }),
  };
}

function groupsOf(teams: Teams | null) {
  return (teams?.names ?? []).map(({ value, display }) => ({
    value,
    $ref: locationOf(value, groupType, scimBase()),
    display,
    type: "direct",
  }));
}
