import { statement } from "@/lib/db";
import { type Caller, noteOutcome } from "@/lib/provisioning/http/caller";
import { findPage, pageBytes, type Source } from "@/lib/provisioning/pages/page";
import { readRows } from "@/lib/provisioning/pages/read";
import { badRequest } from "@/lib/scim/error";
import { foldValues } from "@/lib/scim/filter/sql";
import { isObject } from "@/lib/scim/json";
import { foldDelta } from "@/lib/scim/patch/delta";
import { checkChange, keepWriteOnly } from "@/lib/scim/patch/mutability";
import type { Operation } from "@/lib/scim/patch/operations";
import { applyPatch, isEqual } from "@/lib/scim/patch/patch";
import type { ListQuery, Page } from "@/lib/scim/query/list";
import type { ParsedResource } from "@/lib/scim/resource/resource";
import { isWhole, locationOf, type Selection, type Stored, wants } from "@/lib/scim/resource/serialize";
import { findAttribute, type ResourceType, type Values } from "@/lib/scim/schema/schema";
import { group } from "@/lib/scim/schemas/group";
import type { ResourceStore, Unsent } from "@/lib/scim/store";
import type { MemberDelta } from "@/lib/workspace/membership/team-members";
import { createTeam, deleteTeam } from "@/lib/workspace/teams/provision";
import { changeTeam, type TeamChange } from "@/lib/workspace/teams/provision-change";
import type { Team, TeamProfile, TeamView } from "@/lib/workspace/teams/team";
import { groupColumns, memberDisplay, userType } from "./columns";
import { groupText } from "./fast-path";
import { type Members, memberBytes, memberCountOf, membersOf, showMembers } from "./group-members";
import { checkSize } from "./resource-size";
import { scimBase } from "./scim-base";
import { uniqueKey } from "./unique-key";

type Row = Pick<Team, "id" | "name" | "externalId" | "attributes" | "version" | "createdAt" | "updatedAt"> & {
  /** The members, absent unless requested. */
  members?: Members["members"];
  names?: Members["names"];
};

/** Above this many members a changed group is not sent back (D-66). */
const maxReturned = 1_000;

const membersAttribute = findAttribute(group.attributes, "members");

function wantsMembers(selection: Selection): boolean {
  return membersAttribute !== undefined && wants(selection, membersAttribute);
}

/** The members of a row; null if they weren't requested. */
function membersIn({ members, names }: Pick<Row, "members" | "names">): Members | null {
  return members === undefined ? null : { members, names: names ?? null };
}

function toStored(row: Row, selection: Selection | null): Stored {
  const members = membersIn(row);
  const stored = {
    id: row.id,
    version: row.version,
    created: row.createdAt.toISOString(),
    lastModified: row.updatedAt.toISOString(),
  };
  const json = selection !== null && isWhole(selection) ? jsonOf(row) : null;
  if (json !== null) return { ...stored, values: {}, json };
  return { ...stored, values: { ...valuesOf(row), ...(members && { members: showMembers(members) }) } };
}

function jsonOf({ name, externalId, attributes, ...row }: Row): NonNullable<Stored["json"]> | null {
  const members = membersIn(row);
  return members === null || Object.keys(attributes).length > 0 ? null : groupText(name, externalId, members);
}

function valuesOf({ name, externalId, attributes }: Pick<Row, "name" | "externalId" | "attributes">): Values {
  return { ...attributes, displayName: name, ...(externalId !== null && { externalId }) };
}

/** The ids in a member list. A group in it is rejected, because teams don't nest (D-61). */
function memberIds(elements: Iterable<unknown>): string[] {
  return [...elements].filter(isObject).map((element) => {
    const { value, type, $ref } = element;
    const isGroup =
      (typeof type === "string" && type.toLowerCase() === "group") ||
      (typeof $ref === "string" && /\/groups\//i.test($ref));
    if (isGroup)
      throw badRequest(
        "invalidValue",
        `The member ${String(value)} is a group. Groups can't be members of groups here; assign its people.`,
      );
    return String(value ?? "");
  });
}

function listOf(values: Values): unknown[] {
  return Array.isArray(values.members) ? values.members : [];
}

const columns = `t.id, t.name, t."externalId", t.attributes, t."attributesSize" AS size, t.version, t."createdAt", t."updatedAt"`;

const outputColumns = `p.id, p.name, p."externalId", p.attributes, p.version, p."createdAt", p."updatedAt"`;

function showOf(selection: Selection): string {
  return wantsMembers(selection) ? `${outputColumns}, ${membersOf("p")}` : outputColumns;
}

async function findGroup(caller: Caller, id: string, selection: Selection): Promise<Stored | null> {
  const count = wantsMembers(selection) ? `, ${memberCountOf("t")}` : "";
  const text = `SELECT ${showOf(selection)} FROM (SELECT ${columns}${count} FROM "Team" t WHERE t."workspaceId" = $1 AND t.id = $2) p`;
  // A group with its members may be long, and must not hold up reads on a shared connection.
  const read = { text, values: [caller.actor.workspaceId, id], isPoint: !wantsMembers(selection) };
  const [row] = await readRows<Row>(caller, read);
  return row ? toStored(row, selection) : null;
}

/** The teams of a workspace as a source of pages. */
export function groupSource(selection: Selection): Source {
  const hasMembers = wantsMembers(selection);
  const count = hasMembers ? memberCountOf("p") : `0 AS "memberCount"`;
  return {
    select: columns,
    extra: { ofRow: count, ofPage: count, join: "" },
    bytes: `p.size + ${memberBytes("p")} + 500`,
    most: isWhole(selection) ? pageBytes.sent : pageBytes.read,
    show: () => showOf(selection),
    from: `"Team" t`,
    where: `t."workspaceId" = $1`,
    id: "t.id",
    columns: groupColumns(scimBase()),
    table: "Team",
    total: null,
    hasLongRows: hasMembers,
  };
}

/** Rows of a page over several types. */
export function showGroups(rows: { id: string }[]): Stored[] {
  return (rows as Row[]).map((row) => toStored(row, null));
}

async function listGroups(caller: Caller, query: ListQuery): Promise<Page<Stored>> {
  const page = await findPage<Row>(caller, query, groupSource(query.selection));
  return { ...page, resources: page.resources.map((row) => toStored(row, query.selection)) };
}

const nobodyMoves: MemberDelta = { keep: true, add: [], remove: [] };

/** The change that operations make to the members; operations that identify members by anything but their id need the list. */
function deltaOf(operations: Operation[]): TeamChange["members"] {
  const own = operations.filter(({ target }) => target.attribute.name === "members");
  if (own.length === 0) return nobodyMoves;
  const delta = foldDelta(own, "members");
  if (delta) {
    memberIds(delta.add.values()); // rejects groups
    return { keep: delta.keep, add: [...delta.add.keys()], remove: [...delta.remove] };
  }
  return async (team, tx) => {
    const text = `SELECT tm."membershipId" AS value, ${memberDisplay("sent")} AS display FROM "TeamMember" tm WHERE tm."workspaceId" = $1 AND tm."teamId" = $2`;
    const rows = await tx.all<{ value: string; display: string }>(statement(text, [team.workspaceId, team.id]));
    const members = rows.map((row) => ({ ...row, $ref: locationOf(row.value, userType, scimBase()), type: "User" }));
    return { keep: false, add: memberIds(listOf(applyPatch({ ...valuesOf(team), members }, own))), remove: [] };
  };
}

/** The members of a changed team; `isLarge` if there are too many to send back. */
type Seen = Partial<Members> & { isLarge: boolean };

/** A changed team as it is sent back, with its members, which the change itself didn't read. */
function viewIn(selection: Selection): TeamView<Seen, Stored> {
  return {
    read: async (tx, { workspaceId, id }) => {
      if (!wantsMembers(selection)) return { isLarge: false };
      const text = `SELECT ${membersOf("p")} FROM (SELECT t.id, ${memberCountOf("t")} FROM "Team" t WHERE t."workspaceId" = $1 AND t.id = $2) p`;
      const seen = await tx.one<Members>(statement(text, [workspaceId, id]));
      return { members: null, names: null, ...seen, isLarge: false };
    },
    show: (team, seen) => toStored({ ...team, ...seen }, selection),
  };
}

/** After a PATCH a large group is not sent back, unless `attributes` asks for it (Q12). */
function viewIfSmall(selection: Selection): TeamView<Seen, Stored | Unsent> {
  const { read, show } = viewIn(selection);
  if (selection.only !== null || !wantsMembers(selection)) return { read, show };
  return {
    read: async (tx, { workspaceId, id }) => {
      const text = `SELECT ${membersOf("p")}, false AS "isLarge" FROM (SELECT t.id, ${memberCountOf("t")} FROM "Team" t WHERE t."workspaceId" = $1 AND t.id = $2) p WHERE p."memberCount" <= ${maxReturned}`;
      return (await tx.one<Seen>(statement(text, [workspaceId, id]))) ?? { isLarge: true };
    },
    show: (team, seen) => (seen.isLarge ? { isUnsent: true, version: team.version } : show(team, seen)),
  };
}

/** The group after a PUT; an externalId that it leaves out stays. */
function replaced(before: Values, { values, cleared }: ParsedResource): Values {
  const isSilent = values.externalId === undefined && !cleared.has("externalId");
  return { ...values, ...(isSilent && before.externalId !== undefined && { externalId: before.externalId }) };
}

/** The teams of a workspace as SCIM Groups of this type. */
export function groupStore(type: ResourceType): ResourceStore<Caller> {
  const profileOf = (values: Values): TeamProfile => {
    const { displayName, externalId, members: _members, ...attributes } = values;
    const name = String(displayName ?? "");
    uniqueKey("displayName", name);
    return {
      name,
      externalId: typeof externalId === "string" ? externalId : null,
      attributes,
      folded: foldValues(attributes, type),
    };
  };
  /** The team's new profile without members; null if nothing changes. */
  const changeOf = (before: Values, after: Values): TeamProfile | null => {
    if (isEqual(before, after)) return null;
    checkSize("group", after, before);
    checkChange(before, after, type);
    return profileOf(after);
  };
  return {
    type,
    isComputed: false,
    find: findGroup,
    list: listGroups,

    async create(caller, values, selection) {
      const members = memberIds(listOf(values));
      return noteOutcome(caller, await createTeam(caller.actor, profileOf(values), members, viewIn(selection)));
    },

    async replace(caller, id, parsed, expect, selection) {
      const { members: _members, ...values } = parsed.values;
      const profile = (team: Team) => {
        expect(team.version);
        const before = valuesOf(team);
        return changeOf(before, keepWriteOnly(before, replaced(before, { ...parsed, values }), type));
      };
      const members = { keep: false, add: memberIds(listOf(parsed.values)), remove: [] };
      return noteOutcome(caller, await changeTeam(caller.actor, id, { profile, members }, viewIn(selection)));
    },

    async patch(caller, id, operations, expect, selection) {
      const others = operations.filter(({ target }) => target.attribute.name !== "members");
      const profile = (team: Team) => {
        expect(team.version);
        const before = valuesOf(team);
        return changeOf(before, applyPatch(before, others));
      };
      const change = { profile, members: deltaOf(operations) };
      return noteOutcome(caller, await changeTeam(caller.actor, id, change, viewIfSmall(selection)));
    },

    async delete(caller, id, expect) {
      noteOutcome(caller, await deleteTeam(caller.actor, id, (team) => expect(team.version)));
    },
  };
}
