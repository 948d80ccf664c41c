import { statement } from "@/lib/db";
import { type Caller, noteOutcome } from "@/lib/provisioning/http/caller";
import { findPage, pageBytes, type Source } from "@/lib/provisioning/pages/page";
import { readRows } from "@/lib/provisioning/pages/read";
import { badRequest } from "@/lib/scim/error";
import { checkChange, keepWriteOnly } from "@/lib/scim/patch/mutability";
import { type Operation, touched } from "@/lib/scim/patch/operations";
import { applyPatch, isEqual } from "@/lib/scim/patch/patch";
import { isWhole, type Selection, type Stored, wants } from "@/lib/scim/resource/serialize";
import type { ResourceType, Values } from "@/lib/scim/schema/schema";
import { enterpriseUser } from "@/lib/scim/schemas/enterprise-user";
import type { ResourceStore } from "@/lib/scim/store";
import type { Render } from "@/lib/workspace/members/person";
import { createPerson, endPerson } from "@/lib/workspace/members/provision";
import { changePerson } from "@/lib/workspace/members/provision-change";
import type { Membership } from "@/lib/workspace/membership/row";
import { inTeams, teamsDigest, userColumns, userType } from "./columns";
import { decisiveAttributes, isInRole, keepOmitted, ofRole, putNamesRole, toChange, toNewPerson } from "./person";
import { scimBase } from "./scim-base";
import {
  type Computed,
  groupsAttribute,
  managerOf,
  metaAttribute,
  type Row,
  toShown,
  toStored,
  valuesOf,
  writtenOf,
} from "./user-row";

const columns = `m.id, m."userName", m."externalId", m.state, m.version, m."createdAt", m."updatedAt", m.attributes, m."attributesSize" AS size`;

const outputColumns = `p.id, p."userName", p."externalId", p.state, p.version, (p."createdAt" AT TIME ZONE 'UTC')::text AS created, (p."updatedAt" AT TIME ZONE 'UTC')::text AS modified`;

/** Bytes of attributes that may be read on the connection that all point reads share; longer ones would hold up other reads. */
const maxShared = 65_536;

/** The aggregated teams, with their names or only as a digest. */
function teamsValue(hasNames: boolean): string {
  const names = `, 'names', json_agg(json_build_object('value', t.id, 'display', t.name) ORDER BY t."nameKey")`;
  return `json_build_object('digest', ${teamsDigest}${hasNames ? names : ""})`;
}

/** The teams of a row `alias` of workspace $1, in the statement that reads it: one index probe each, and no extra query. */
function teamsOf(alias: string, hasNames: boolean): string {
  return `(SELECT CASE WHEN count(*) > 0 THEN ${teamsValue(hasNames)} END FROM ${inTeams} WHERE tm."workspaceId" = $1 AND tm."membershipId" = ${alias}.id) AS teams`;
}

/** The teams of a whole page at once, which takes half the time of looking them up for each row. */
function teamsOfPage(hasNames: boolean): string {
  return `LEFT JOIN (SELECT tm."membershipId" AS owner, ${teamsValue(hasNames)} AS teams FROM ${inTeams}
    WHERE tm."workspaceId" = $1 AND tm."membershipId" = ANY (ARRAY(SELECT id FROM p)) GROUP BY tm."membershipId") o ON o.owner = p.id`;
}

/**
 * Whether the manager of a row `alias` of workspace $1 is in this workspace, and so has a URL. The id is in its own SELECT, so that it is
 * extracted from the attributes once, and not for each row that it is compared with.
 */
function hasManagerOf(alias: string): string {
  const id = `(SELECT muster_id(${alias}.attributes #>> '{${enterpriseUser.id},manager,value}'))`;
  return `EXISTS (SELECT 1 FROM "Membership" b WHERE b."workspaceId" = $1 AND b.id = ${id} AND b.state <> 'ended') AS "hasManager"`;
}

function wantsGroups(selection: Selection): boolean {
  return groupsAttribute !== undefined && wants(selection, groupsAttribute);
}

/** Columns computed for the rows of a page: their teams if requested, and the teams' digest if the ETag is. */
function extraOf(selection: Selection): Source["extra"] {
  const hasNames = wantsGroups(selection);
  const hasTag = hasNames || (metaAttribute !== undefined && wants(selection, metaAttribute));
  const ofRow = teamsOf("p", hasNames); // the ETag of a single resource is also in the response header
  return hasTag
    ? { ofRow, ofPage: "o.teams", join: teamsOfPage(hasNames) }
    : { ofRow, ofPage: "NULL::json AS teams", join: "" };
}

/** Whole resources of the built-in type are sent as the database's text; anything else is parsed. */
function showOf(selection: Selection, isBuiltIn: boolean): Source["show"] {
  const [value, name] =
    isBuiltIn && isWhole(selection) ? ["p.attributes::text", "json"] : ["p.attributes", "attributes"];
  return (isPoint) => {
    const attributes = isPoint
      ? `CASE WHEN p.size <= ${maxShared} THEN ${value} END AS ${name}`
      : `${value} AS ${name}`;
    return `${outputColumns}, ${attributes}, p.teams, ${hasManagerOf("p")}`;
  };
}

/** Whether a row came without its attributes because they are too long for the shared connection. */
function isTooLong({ json, attributes }: Partial<Row>): boolean {
  return json === null || attributes === null;
}

/** A written row as it is sent back, with the values that the change itself didn't read. */
function viewIn(selection: Selection): Render<Stored> {
  const text = `SELECT ${teamsOf("m", wantsGroups(selection))}, ${hasManagerOf("m")} FROM "Membership" m WHERE m."workspaceId" = $1 AND m.id = $2`;
  return async (tx, row, isNew) => {
    // A new person can't be in a team yet.
    const isKnown = isNew && managerOf(row.attributes) === null;
    const computed = isKnown ? null : await tx.one<Computed>(statement(text, [row.workspaceId, row.id]));
    return writtenOf(row, computed ?? { teams: null, hasManager: false });
  };
}

/** The people of a workspace as a source of pages. */
export function userSource(selection: Selection, isBuiltIn = false): Source {
  return {
    select: columns,
    extra: extraOf(selection),
    bytes: `p.size + coalesce(octet_length(p.teams::text), 0) + 500`,
    most: isBuiltIn && isWhole(selection) ? pageBytes.sent : pageBytes.read,
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

/** The workspace always has a state for a person: `active` can't be removed, and emptying it changes nothing. Throws 400 `mutability`. */
function withActive(operations: Operation[]): Operation[] {
  if (operations.some(({ op, target }) => op === "remove" && target.attribute.name === "active"))
    throw badRequest("mutability", "active can't be removed: set it to true or false.");
  return operations.filter(({ target, value }) => target.attribute.name !== "active" || typeof value === "boolean");
}

/** The memberships of a workspace as SCIM Users of this type. */
export function userStore(type: ResourceType): ResourceStore<Caller> {
  /**
   * The change of a row; null if nothing changes. Any write re-asserts a role that was overridden in the app. For a person who is no longer
   * managed, a write that names the role re-asserts it, even if the stored values are the same.
   */
  const changeOf = (row: Membership, before: Values, after: Values, namesRole: boolean) => {
    const isReasserted = row.roleOverridden || (namesRole && row.connectionId === null && !isInRole(row, after));
    if (isEqual(before, after) && !isReasserted) return null;
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
      return noteOutcome(caller, await createPerson(caller.actor, toNewPerson(values, type), viewIn(selection)));
    },

    async replace(caller, id, parsed, expect, selection) {
      const decide = (row: Membership) => {
        expect(row.version);
        const before = valuesOf(row);
        return changeOf(row, before, keepWriteOnly(before, keepOmitted(before, parsed), type), putNamesRole(parsed));
      };
      const about = { profileOnly: false, isWanted: parsed.values.active === true };
      return noteOutcome(caller, await changePerson(caller.actor, id, decide, viewIn(selection), about));
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
      return noteOutcome(caller, await changePerson(caller.actor, id, decide, viewIn(selection), about));
    },

    async delete(caller, id, expect) {
      noteOutcome(caller, await endPerson(caller.actor, id, (row) => expect(row.version)));
    },
  };
}
