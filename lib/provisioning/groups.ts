import { one, sql, statement, type Tx } from "@/lib/db";
import { foldDelta } from "@/lib/scim/delta";
import { badRequest } from "@/lib/scim/error";
import type { ListQuery } from "@/lib/scim/list";
import type { Operation } from "@/lib/scim/operations";
import { applyPatch } from "@/lib/scim/patch";
import { findAttribute, type Values } from "@/lib/scim/schema";
import { group } from "@/lib/scim/schemas/group";
import { everything, locationOf, type Selection, type Stored, wants } from "@/lib/scim/serialize";
import type { ResourceStore } from "@/lib/scim/service";
import { isObject } from "@/lib/scim/tolerance";
import { changeTeam, createTeam, deleteTeam, type MemberDelta, type Team } from "@/lib/workspace/managed-teams";
import { type Caller, tell } from "./caller";
import { groupColumns, groupType, userType } from "./columns";
import { findPage } from "./page";
import { scimBase } from "./users";

type Row = Pick<Team, "id" | "name" | "externalId" | "version" | "createdAt" | "updatedAt"> & { members?: string[] };

/** A changed group with more members than this is not sent back (DESIGN §5 "PATCH answer"). */
const maxReturned = 1_000;

const membersAttribute = findAttribute(group.attributes, "members");

function wantsMembers(selection: Selection): boolean {
  return membersAttribute !== undefined && wants(selection, membersAttribute);
}

function toStored(row: Row): Stored {
  const members = row.members?.map((value) => ({ value, $ref: locationOf(value, userType, scimBase()), type: "User" }));
  return {
    id: row.id,
    values: { ...valuesOf(row), ...(members && { members }) },
    version: row.version,
    created: row.createdAt.toISOString(),
    lastModified: row.updatedAt.toISOString(),
  };
}

function valuesOf({ name, externalId }: Pick<Row, "name" | "externalId">): Values {
  return { displayName: name, ...(externalId !== null && { externalId }) };
}

/** The ids that a member list names. A group among them is refused: teams do not nest (DESIGN §5). */
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

function named(values: Values): { name: string; externalId: string | null } {
  const { displayName, externalId } = values;
  return { name: String(displayName ?? ""), externalId: typeof externalId === "string" ? externalId : null };
}

const columns = `t.id, t.name, t."externalId", t.version, t."createdAt", t."updatedAt"`;
const membersColumn = `ARRAY(SELECT tm."membershipId" FROM "TeamMember" tm WHERE tm."workspaceId" = t."workspaceId" AND tm."teamId" = t.id ORDER BY tm."membershipId") AS members`;

function selected(selection: Selection): string {
  return wantsMembers(selection) ? `${columns}, ${membersColumn}` : columns;
}

async function findGroup(caller: Caller, id: string, selection: Selection): Promise<Stored | null> {
  const text = `SELECT ${selected(selection)} FROM "Team" t WHERE t."workspaceId" = $1 AND t.id = $2`;
  const row = await one<Row>(statement(text, [caller.actor.workspaceId, id]));
  return row && toStored(row);
}

async function listGroups(caller: Caller, query: ListQuery): Promise<{ total: number; resources: Stored[] }> {
  const { total, rows } = await findPage<Row>(caller.actor.workspaceId, query, {
    select: selected(query.selection),
    from: `"Team" t`,
    where: `t."workspaceId" = $1`,
    id: "t.id",
    columns: groupColumns(scimBase()),
  });
  return { total, resources: rows.map(toStored) };
}

/** What operations do to the members; those that name members by something else than their id need the list. */
async function deltaOf(operations: Operation[], team: Team, tx: Tx): Promise<MemberDelta | null> {
  const own = operations.filter(({ target }) => target.attribute.name === "members");
  if (own.length === 0) return null;
  const delta = foldDelta(own, "members");
  if (delta) {
    memberIds(delta.add.values()); // refuses groups
    return { keep: delta.keep, add: [...delta.add.keys()], remove: [...delta.remove] };
  }
  const rows = await tx.all<{ id: string }>(
    sql`SELECT "membershipId" AS id FROM "TeamMember" WHERE "workspaceId" = ${team.workspaceId} AND "teamId" = ${team.id}`,
  );
  const members = rows.map(({ id }) => ({ value: id, $ref: locationOf(id, userType, scimBase()), type: "User" }));
  return { keep: false, add: memberIds(listOf(applyPatch({ ...valuesOf(team), members }, own))), remove: [] };
}

async function reread(caller: Caller, id: string, selection: Selection): Promise<Stored> {
  const stored = await findGroup(caller, id, selection);
  if (!stored) throw new Error("a group was deleted while it was being answered");
  return stored;
}

async function isLarge(caller: Caller, id: string): Promise<boolean> {
  const row = await one(sql`
    SELECT 1 FROM "TeamMember" WHERE "workspaceId" = ${caller.actor.workspaceId} AND "teamId" = ${id} OFFSET ${maxReturned} LIMIT 1`);
  return row !== null;
}

/** The teams of a workspace as SCIM Groups. */
export const groupStore: ResourceStore<Caller> = {
  type: groupType,
  find: findGroup,
  list: listGroups,

  async create(caller, values) {
    const outcome = await createTeam(caller.actor, { ...named(values), members: memberIds(listOf(values)) });
    tell(caller, outcome);
    return reread(caller, outcome.team.id, everything);
  },

  async replace(caller, id, { values, cleared }, expect, selection) {
    const outcome = await changeTeam(caller.actor, id, (team) => {
      expect(team.version);
      const isSilent = values.externalId === undefined && !cleared.has("externalId");
      const { name, externalId } = named(values);
      const members = { keep: false, add: memberIds(listOf(values)), remove: [] };
      return { name, externalId: isSilent ? team.externalId : externalId, members };
    });
    tell(caller, outcome);
    return reread(caller, id, selection);
  },

  async patch(caller, id, operations, expect, selection) {
    const others = operations.filter(({ target }) => target.attribute.name !== "members");
    const outcome = await changeTeam(caller.actor, id, async (team, tx) => {
      expect(team.version);
      return { ...named(applyPatch(valuesOf(team), others)), members: await deltaOf(operations, team, tx) };
    });
    tell(caller, outcome);
    const isAsked = selection.only !== null;
    if (!isAsked && wantsMembers(selection) && (await isLarge(caller, id))) return null;
    return reread(caller, id, selection);
  },

  async delete(caller, id, expect) {
    tell(caller, await deleteTeam(caller.actor, id, (team) => expect(team.version)));
  },

  isCacheable: () => true,
};
