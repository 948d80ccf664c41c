import { env } from "@/lib/env";
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

/** What a read selects of a person. */
export type Row = Pick<Membership, "id" | "userName" | "externalId" | "state" | "version"> & {
  /** The attributes: read, or as the database's text of them where they are only shown. */
  attributes?: Membership["attributes"] | null;
  json?: string | null;
  /** In UTC, as PostgreSQL writes them: `2026-11-25 01:02:03.4`. */
  created: string;
  modified: string;
  teams: Teams | null;
  /** Whether the manager is somebody here. */
  hasManager: boolean;
};

/** The person's teams by name, absent when they are not asked for, and a digest of them; null when there are none. */
type Teams = { digest: string; names?: TeamName[] };

type TeamName = { value: string; display: string };

/** What is shown of a person besides the row: it is worked out. */
export type Computed = Pick<Row, "teams" | "hasManager">;

export const groupsAttribute = findAttribute(user.attributes, "groups");

export const metaAttribute = common.find(({ name }) => name === "meta");

/** The values of a person as their identity provider said them, with the state as `active`. */
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

/** A manager who is somebody here gets the address of their User; what a client says of it is not asked (E16). */
function withManagerReference(values: Values): Values {
  const manager = managerOf(values);
  const extension = values[enterpriseUser.id];
  if (manager === null || !isObject(extension)) return values;
  const $ref = locationOf(String(manager.value), userType, scimBase());
  return { ...values, [enterpriseUser.id]: { ...extension, manager: { ...manager, $ref } } };
}

/** What moves a tag besides the version: the teams, and whether the manager has an address. */
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

/** A row that was read. */
export function toStored(row: Row): Stored {
  return storedOf(row, row, timesOf(row));
}

/** A row that was written, with what is worked out for it. */
export function writtenOf(row: Membership, computed: Computed): Stored {
  return storedOf(row, computed, { created: row.createdAt.toISOString(), lastModified: row.updatedAt.toISOString() });
}

function timesOf({ created, modified }: Row): Times {
  return { created: isoOf(created), lastModified: isoOf(modified) };
}

/** A time in UTC as PostgreSQL writes it, in the form of ISO 8601 with milliseconds: joined, which is a tenth of reading it. */
function isoOf(text: string): string {
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20).padEnd(3, "0")}Z`;
}

/** What PostgreSQL writes for a manager who may be somebody here; no other text of a JSON document looks like it, for its quotes would be escaped. */
const managerText = /"manager": \{"value": "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"\}/;

/** How PostgreSQL writes the keys of extensions. */
const extensionKeys = userType.extensions.map(({ schema }) => ({ urn: schema.id, key: `"${schema.id}": ` }));

function withReference(_: string, id: string): string {
  return `"manager": {"value": "${id}", "$ref": ${JSON.stringify(locationOf(id, userType, scimBase()))}}`;
}

/** A row that is only shown: its attributes stay the text that they are. */
export function toShown(row: Row): Stored {
  const { json } = row;
  if (typeof json !== "string") return toStored(row);
  const attributes = row.hasManager ? json.replace(managerText, withReference) : json;
  const extensions = extensionKeys.filter(({ key }) => json.includes(key)).map(({ urn }) => urn);
  const groups = groupsOf(row.teams);
  const shownGroups = groups.length === 0 ? "" : `,"groups":${JSON.stringify(groups)}`;
  const before = `"userName":${JSON.stringify(row.userName)},"active":${readsActive(row)}`;
  const values = attributes === "{}" ? [before, shownGroups] : [before, ",", attributes.slice(1, -1), shownGroups];
  return {
    id: row.id,
    values: {},
    version: row.version,
    computed: digestOf(row),
    ...timesOf(row),
    json: { values, extensions, externalId: row.externalId },
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

export function scimBase(): string {
  return `${env().MUSTER_URL}/scim/v2`;
}
