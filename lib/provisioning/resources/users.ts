import { statement } from "@/lib/db";
import { env } from "@/lib/env";
import { type Caller, tell } from "@/lib/provisioning/http/caller";
import { badRequest } from "@/lib/scim/error";
import { checkChange, keepWriteOnly } from "@/lib/scim/patch/mutability";
import { type Operation, touched } from "@/lib/scim/patch/operations";
import { applyPatch, isEqual } from "@/lib/scim/patch/patch";
import { isWhole, locationOf, type Selection, type Stored, wants } from "@/lib/scim/resource/serialize";
import { findAttribute, type ResourceType, type Values } from "@/lib/scim/schema/schema";
import { common } from "@/lib/scim/schemas/common";
import { enterpriseUser } from "@/lib/scim/schemas/enterprise-user";
import { user } from "@/lib/scim/schemas/user";
import { isId, type ResourceStore } from "@/lib/scim/service";
import { isObject } from "@/lib/scim/tolerance";
import { type Render, readsActive } from "@/lib/workspace/members/person";
import { createPerson, endPerson } from "@/lib/workspace/members/provision";
import { changePerson } from "@/lib/workspace/members/provision-change";
import type { Membership } from "@/lib/workspace/membership/row";
import { groupType, inTeams, managerMark, noTeams, teamsDigest, userColumns, userType } from "./columns";
import { findPage, pageBytes, type Source } from "./page";
import { decisiveAttributes, isInRole, keepUnsaid, ofRole, putNamesRole, toChange, toNewPerson } from "./person";
import { readRows } from "./read";

/** What a read selects of a person. */
type Row = Pick<Membership, "id" | "userName" | "externalId" | "state" | "version"> & {
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
type Computed = Pick<Row, "teams" | "hasManager">;

const groupsAttribute = findAttribute(user.attributes, "groups");
const metaAttribute = common.find(({ name }) => name === "meta");

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

function managerOf(values: Values): Values | null {
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
function toStored(row: Row): Stored {
  return storedOf(row, row, timesOf(row));
}

/** A row that was written, with what is worked out for it. */
function writtenOf(row: Membership, computed: Computed): Stored {
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
function toShown(row: Row): Stored {
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

const columns = `m.id, m."userName", m."externalId", m.state, m.version, m."createdAt", m."updatedAt", m.attributes, m."attributesSize" AS size`;

const shownColumns = `p.id, p."userName", p."externalId", p.state, p.version, (p."createdAt" AT TIME ZONE 'UTC')::text AS created, (p."updatedAt" AT TIME ZONE 'UTC')::text AS modified`;

/** Bytes of attributes that may be read on the connection that all point reads share; longer ones would keep others waiting. */
const maxShared = 65_536;

/** The teams that are aggregated, with their names or only as their digest. */
function teamsValue(hasNames: boolean): string {
  const names = `, 'names', json_agg(json_build_object('value', t.id, 'display', t.name) ORDER BY t."nameKey")`;
  return `json_build_object('digest', ${teamsDigest}${hasNames ? names : ""})`;
}

/** The teams of a row `alias` of workspace $1, in the statement that reads it: one index probe each, and no question more. */
function teamsOf(alias: string, hasNames: boolean): string {
  return `(SELECT CASE WHEN count(*) > 0 THEN ${teamsValue(hasNames)} END FROM ${inTeams} WHERE tm."workspaceId" = $1 AND tm."membershipId" = ${alias}.id) AS teams`;
}

/** The teams of a whole page at once, which is half of the time that asking for each row takes. */
function teamsOfPage(hasNames: boolean): string {
  return `LEFT JOIN (SELECT tm."membershipId" AS owner, ${teamsValue(hasNames)} AS teams FROM ${inTeams}
    WHERE tm."workspaceId" = $1 AND tm."membershipId" = ANY (ARRAY(SELECT id FROM p)) GROUP BY tm."membershipId") o ON o.owner = p.id`;
}

/**
 * Whether the manager of a row `alias` of workspace $1 is somebody here, and so has an address. The id has a SELECT of its own, so that
 * it is read out of the attributes once, and not for each row that it is compared with.
 */
function hasManagerOf(alias: string): string {
  const id = `(SELECT muster_id(${alias}.attributes #>> '{${enterpriseUser.id},manager,value}'))`;
  return `EXISTS (SELECT 1 FROM "Membership" b WHERE b."workspaceId" = $1 AND b.id = ${id} AND b.state <> 'ended') AS "hasManager"`;
}

function wantsGroups(selection: Selection): boolean {
  return groupsAttribute !== undefined && wants(selection, groupsAttribute);
}

/** What is worked out for the rows of a page: their teams where they are shown, and where the tag is that tells of them. */
function extraOf(selection: Selection): Source["extra"] {
  const hasNames = wantsGroups(selection);
  const hasTag = hasNames || (metaAttribute !== undefined && wants(selection, metaAttribute));
  const ofRow = teamsOf("p", hasNames); // the tag of one resource is in the answer's header, too
  return hasTag
    ? { ofRow, ofPage: "o.teams", join: teamsOfPage(hasNames) }
    : { ofRow, ofPage: "NULL::json AS teams", join: "" };
}

/** Whole resources of the built-in type are shown as the text that the database has of them; anything else is read. */
function showOf(selection: Selection, isBuiltIn: boolean): Source["show"] {
  const [value, name] =
    isBuiltIn && isWhole(selection) ? ["p.attributes::text", "json"] : ["p.attributes", "attributes"];
  return (isPoint) => {
    const attributes = isPoint
      ? `CASE WHEN p.size <= ${maxShared} THEN ${value} END AS ${name}`
      : `${value} AS ${name}`;
    return `${shownColumns}, ${attributes}, p.teams, ${hasManagerOf("p")}`;
  };
}

/** Whether a row came without its attributes, because it is too long to be read among others. */
function isTooLong({ json, attributes }: Partial<Row>): boolean {
  return json === null || attributes === null;
}

/** A written row as it is sent back, with what the change did not read. */
function shownIn(selection: Selection): Render<Stored> {
  const text = `SELECT ${teamsOf("m", wantsGroups(selection))}, ${hasManagerOf("m")} FROM "Membership" m WHERE m."workspaceId" = $1 AND m.id = $2`;
  return async (tx, row, isNew) => {
    // Nobody can have put a new one into a team.
    const isKnown = isNew && managerOf(row.attributes) === null;
    const computed = isKnown ? null : await tx.one<Computed>(statement(text, [row.workspaceId, row.id]));
    return writtenOf(row, computed ?? { teams: null, hasManager: false });
  };
}

/** Where the people of a workspace are, in the columns that a page is made of. */
export function userSource(selection: Selection, isBuiltIn = false): Source {
  return {
    select: columns,
    extra: extraOf(selection),
    bytes: `p.size + coalesce(octet_length(p.teams::text), 0) + 500`,
    most: isBuiltIn && isWhole(selection) ? pageBytes.shown : pageBytes.read,
    show: showOf(selection, isBuiltIn),
    from: `"Membership" m`,
    where: `m."workspaceId" = $1 AND m.state <> 'ended'`,
    id: "m.id",
    columns: userColumns(scimBase()),
    table: "Membership",
    isTooLong,
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
    isComputed: true,

    async find(caller, id, selection) {
      const show = showOf(selection, isBuiltIn);
      const read = async (isPoint: boolean) => {
        const text = `SELECT ${show(isPoint)} FROM (SELECT ${columns}, ${teamsOf("m", wantsGroups(selection))} FROM "Membership" m WHERE m."workspaceId" = $1 AND m.id = $2 AND m.state <> 'ended') p`;
        const [row] = await readRows<Row>(caller, { text, values: [caller.actor.workspaceId, id], isPoint });
        return row;
      };
      const first = await read(true);
      const row = first && isTooLong(first) ? await read(false) : first;
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
      const about = { profileOnly: ![...names].some((name) => decisiveAttributes.has(name)), isWanted };
      return tell(caller, await changePerson(caller.actor, id, decide, shownIn(selection), about));
    },

    async delete(caller, id, expect) {
      tell(caller, await endPerson(caller.actor, id, (row) => expect(row.version)));
    },
  };
}
