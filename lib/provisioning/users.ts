import { sql } from "@/lib/db";
import { env } from "@/lib/env";
import { badRequest } from "@/lib/scim/error";
import { checkChange, keepWriteOnly } from "@/lib/scim/mutability";
import { type Operation, touched } from "@/lib/scim/operations";
import { applyPatch, isEqual } from "@/lib/scim/patch";
import { findAttribute, type ResourceType, type Values } from "@/lib/scim/schema";
import { enterpriseUser } from "@/lib/scim/schemas/enterprise-user";
import { user } from "@/lib/scim/schemas/user";
import { isWhole, locationOf, type Selection, type Stored, wants } from "@/lib/scim/serialize";
import { isId, type ResourceStore } from "@/lib/scim/service";
import { isObject } from "@/lib/scim/tolerance";
import type { Membership } from "@/lib/workspace/membership";
import { changePerson, createPerson, endPerson, readsActive, type Show } from "@/lib/workspace/people";
import { type Caller, tell } from "./caller";
import { groupType, userColumns, userType } from "./columns";
import { findPage, type Source } from "./page";
import { isInRole, keepUnsaid, ofRole, putNamesRole, toChange, toNewPerson, weighty } from "./person";
import { readRows } from "./read";

/** What a read selects of a person. */
type Row = Pick<Membership, "id" | "userName" | "externalId" | "state" | "version"> & {
  /** The attributes: read, or as the database's text of them where they are only shown. */
  attributes?: Membership["attributes"];
  json?: string;
  /** In UTC, as PostgreSQL writes them: `2026-11-25 01:02:03.4`. */
  created: string;
  modified: string;
  /** The person's teams by name; null when there are none, absent when they are not asked for. */
  teams?: TeamName[] | null;
};
type TeamName = { value: string; display: string };

const groupsAttribute = findAttribute(user.attributes, "groups");

export function scimBase(): string {
  return `${env().MUSTER_URL}/scim/v2`;
}

/** The values of a person as their identity provider said them, with the state as `active`. */
function valuesOf(row: Pick<Membership, "userName" | "externalId" | "state"> & Pick<Row, "attributes">): Values {
  const { externalId } = row;
  return {
    ...row.attributes,
    userName: row.userName,
    ...(externalId !== null && { externalId }),
    active: readsActive(row),
  };
}

/** A manager who may be somebody here gets the address of their User; what a client says of it is not asked (E16). */
function withManagerReference(values: Values): Values {
  const extension = values[enterpriseUser.id];
  const manager = isObject(extension) ? extension.manager : undefined;
  if (!isObject(extension) || !isObject(manager) || !isId(manager.value)) return values;
  const $ref = locationOf(manager.value, userType, scimBase());
  return { ...values, [enterpriseUser.id]: { ...extension, manager: { ...manager, $ref } } };
}

type Times = Pick<Stored, "created" | "lastModified">;

function storedOf(
  row: Parameters<typeof valuesOf>[0] & Pick<Row, "id" | "version">,
  teams: readonly TeamName[] | null | undefined,
  times: Times,
): Stored {
  const groups = groupsOf(teams);
  const values = { ...withManagerReference(valuesOf(row)), ...(groups.length > 0 && { groups }) };
  return { id: row.id, values, version: row.version, ...times };
}

/** A row that was read. */
function toStored(row: Row): Stored {
  return storedOf(row, row.teams, timesOf(row));
}

/** A row that was written, with the person's teams. */
function writtenOf(row: Membership, teams: readonly TeamName[] | null): Stored {
  return storedOf(row, teams, { created: row.createdAt.toISOString(), lastModified: row.updatedAt.toISOString() });
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
function toShown(row: Row): Stored {
  const { json } = row;
  if (json === undefined) return toStored(row);
  const attributes = json.includes('"manager": {') ? json.replace(managerText, withReference) : json;
  const extensions = extensionKeys.filter(({ key }) => json.includes(key)).map(({ urn }) => urn);
  const inner = attributes === "{}" ? "" : `,${attributes.slice(1, -1)}`;
  const groups = groupsOf(row.teams);
  const shownGroups = groups.length === 0 ? "" : `,"groups":${JSON.stringify(groups)}`;
  const values = `"userName":${JSON.stringify(row.userName)},"active":${readsActive(row)}${inner}${shownGroups}`;
  return {
    id: row.id,
    values: {},
    version: row.version,
    ...timesOf(row),
    json: { values, extensions, externalId: row.externalId },
  };
}

function groupsOf(teams: readonly TeamName[] | null | undefined) {
  return (teams ?? []).map(({ value, display }) => ({
    value,
    $ref: locationOf(value, groupType, scimBase()),
    display,
    type: "direct",
  }));
}

const columns = `m.id, m."userName", m."externalId", m.state, m.version, (m."createdAt" AT TIME ZONE 'UTC')::text AS created, (m."updatedAt" AT TIME ZONE 'UTC')::text AS modified`;

const teamNames = `json_agg(json_build_object('value', t.id, 'display', t.name) ORDER BY t."nameKey")`;
const inTeams = `"TeamMember" tm JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId"`;

/** The teams of a row `alias` of workspace $1, in the statement that reads it: one index probe each, and no question more. */
function teamsOf(alias: string): string {
  return `(SELECT ${teamNames} FROM ${inTeams} WHERE tm."workspaceId" = $1 AND tm."membershipId" = ${alias}.id) AS teams`;
}

/** The teams of a whole page at once, which is half of the time that asking for each row takes. */
const teamsOfPage = `SELECT tm."membershipId" AS owner, ${teamNames} AS teams FROM ${inTeams}
  WHERE tm."workspaceId" = $1 AND tm."membershipId" = ANY (ARRAY(SELECT id FROM p)) GROUP BY tm."membershipId"`;

function wantsGroups(selection: Selection): boolean {
  return groupsAttribute !== undefined && wants(selection, groupsAttribute);
}

/** Whole resources of the built-in type are shown as the text that the database has of them; anything else is read. */
function selected(selection: Selection, isBuiltIn: boolean): string {
  const attributes = isBuiltIn && isWhole(selection) ? "m.attributes::text AS json" : "m.attributes";
  return `${columns}, ${attributes}`;
}

/** A changed row as it is sent back: with its teams, which the change did not read. */
function shownIn(selection: Selection): Show<Stored> {
  return async (tx, row, isNew) => {
    if (isNew || !wantsGroups(selection)) return writtenOf(row, null); // nobody can have put a new one into a team
    const teams = await tx.all<TeamName>(sql`
      SELECT t.id AS value, t.name AS display FROM "TeamMember" tm JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId"
      WHERE tm."workspaceId" = ${row.workspaceId} AND tm."membershipId" = ${row.id} ORDER BY t."nameKey"`);
    return writtenOf(row, teams);
  };
}

/** Where the people of a workspace are, in the columns that a page is made of. */
export function userSource(selection: Selection, isBuiltIn = false): Source {
  return {
    select: selected(selection, isBuiltIn),
    outer: wantsGroups(selection) ? { ofRow: teamsOf("p"), ofPage: teamsOfPage } : null,
    from: `"Membership" m`,
    where: `m."workspaceId" = $1 AND m.state <> 'ended'`,
    id: "m.id",
    columns: userColumns(scimBase()),
    total: `(SELECT w."memberCount" FROM "Workspace" w WHERE w.id = $1)`,
    hasLongRows: false,
  };
}

/** Rows of a page over several types. */
export function showUsers(rows: { id: string }[]): Stored[] {
  return (rows as Row[]).map(toStored);
}

/**
 * The state is the workspace's and always one or the other: `active` can't be removed, and emptying it says nothing of it. Throws 400
 * `mutability`.
 */
function withActive(operations: Operation[]): Operation[] {
  if (operations.some(({ op, target }) => op === "remove" && target.attribute.name === "active"))
    throw badRequest("mutability", "active can't be removed: set it to true or false.");
  return operations.filter(({ target, value }) => target.attribute.name !== "active" || typeof value === "boolean");
}

/** The memberships of a workspace as SCIM Users of this type. */
export function userStore(type: ResourceType): ResourceStore<Caller> {
  /**
   * What a change makes of a row; null when it changes nothing. A role that was overridden in the app is said again by any; of somebody
   * whom nobody manages any more it is said again where it is named, also in the words that are stored.
   */
  const changeOf = (row: Membership, before: Values, after: Values, namesRole: boolean) => {
    const isSaidAgain = row.roleOverridden || (namesRole && row.connectionId === null && !isInRole(row, after));
    if (isEqual(before, after) && !isSaidAgain) return null;
    checkChange(before, after, type);
    return toChange(before, after, type, namesRole);
  };
  const isBuiltIn = type === userType;
  return {
    type,

    async find(caller, id, selection) {
      const teams = wantsGroups(selection) ? `, ${teamsOf("m")}` : "";
      const text = `SELECT ${selected(selection, isBuiltIn)}${teams} FROM "Membership" m WHERE m."workspaceId" = $1 AND m.id = $2 AND m.state <> 'ended'`;
      const [row] = await readRows<Row>(caller, { text, values: [caller.actor.workspaceId, id], isPoint: true });
      return row ? toShown(row) : null;
    },

    async list(caller, query) {
      const page = await findPage<Row>(caller, query, userSource(query.selection, isBuiltIn));
      return { ...page, resources: page.resources.map(toShown) };
    },

    async create(caller, values, selection) {
      return tell(caller, await createPerson(caller.actor, toNewPerson(values, type), shownIn(selection)));
    },

    async replace(caller, id, parsed, expect, selection) {
      const decide = (row: Membership) => {
        expect(row.version);
        const before = valuesOf(row);
        return changeOf(row, before, keepWriteOnly(before, keepUnsaid(before, parsed), type), putNamesRole(parsed));
      };
      const about = { profileOnly: false, isWanted: parsed.values.active === true };
      return tell(caller, await changePerson(caller.actor, id, decide, shownIn(selection), about));
    },

    async patch(caller, id, operations, expect, selection) {
      const stated = withActive(operations);
      const names = touched(operations);
      const namesRole = [...names].some((name) => ofRole.has(name));
      const decide = (row: Membership) => {
        expect(row.version);
        const before = valuesOf(row);
        return changeOf(row, before, applyPatch(before, stated), namesRole);
      };
      const isWanted = operations.some(({ target, value }) => target.attribute.name === "active" && value === true);
      const about = { profileOnly: ![...names].some((name) => weighty.has(name)), isWanted };
      return tell(caller, await changePerson(caller.actor, id, decide, shownIn(selection), about));
    },

    async delete(caller, id, expect) {
      tell(caller, await endPerson(caller.actor, id, (row) => expect(row.version)));
    },

    // `groups` is computed and its changes do not move the version (DESIGN §5 "Version").
    isCacheable: (selection) => !wantsGroups(selection),
  };
}
