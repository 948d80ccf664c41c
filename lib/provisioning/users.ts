import { all, one, sql, statement } from "@/lib/db";
import { env } from "@/lib/env";
import type { ListQuery } from "@/lib/scim/list";
import { type Operation, touched } from "@/lib/scim/operations";
import { applyPatch, isEqual } from "@/lib/scim/patch";
import type { ParsedResource } from "@/lib/scim/resource";
import type { Values } from "@/lib/scim/schema";
import { findAttribute } from "@/lib/scim/schema";
import { musterUser } from "@/lib/scim/schemas/muster-user";
import { user } from "@/lib/scim/schemas/user";
import { everything, locationOf, type Selection, type Stored, wants } from "@/lib/scim/serialize";
import type { ResourceStore } from "@/lib/scim/service";
import { foldValues } from "@/lib/scim/sql";
import { fold } from "@/lib/scim/text";
import { isObject } from "@/lib/scim/tolerance";
import type { Membership } from "@/lib/workspace/membership";
import {
  changePerson,
  createPerson,
  endPerson,
  type Person,
  type PersonChange,
  readsActive,
} from "@/lib/workspace/people";
import type { Role } from "@/lib/workspace/rules";
import { type Caller, tell } from "./caller";
import { groupType, userColumns, userType } from "./columns";
import { findPage } from "./page";

type Row = Pick<
  Membership,
  "id" | "userName" | "externalId" | "attributes" | "state" | "version" | "createdAt" | "updatedAt"
>;
type ReadRow = Row & { groups?: { value: string; display: string }[] };

const groupsAttribute = findAttribute(user.attributes, "groups");

export function scimBase(): string {
  return `${env().MUSTER_URL}/scim/v2`;
}

/** The values of a person as their identity provider said them, with the state as `active`. */
function valuesOf(row: Row): Values {
  const { externalId } = row;
  return {
    ...row.attributes,
    userName: row.userName,
    ...(externalId !== null && { externalId }),
    active: readsActive(row),
  };
}

function toStored(row: ReadRow): Stored {
  const groups = (row.groups ?? []).map(({ value, display }) => ({
    value,
    $ref: locationOf(value, groupType, scimBase()),
    display,
    type: "direct",
  }));
  return {
    id: row.id,
    values: { ...valuesOf(row), ...(groups.length > 0 && { groups }) },
    version: row.version,
    created: row.createdAt.toISOString(),
    lastModified: row.updatedAt.toISOString(),
  };
}

// ── What values mean for the workspace ─────────────────────────────────────

function elementsOf(values: Values, name: string): Record<string, unknown>[] {
  const list = values[name];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** userName, primary e-mail, work e-mail: where a login address is looked for (DESIGN §5). */
function candidatesOf(values: Values): string[] {
  const emails = elementsOf(values, "emails");
  const primary = emails.find((email) => email.primary === true);
  const work = emails.find((email) => typeof email.type === "string" && email.type.toLowerCase() === "work");
  const found = [values.userName, primary?.value, work?.value];
  return [...new Set(found.filter((value) => typeof value === "string"))];
}

/** The role that `roles` and `appRole` speak of: admin wins, unknown words mean member, silence means nothing (T06). */
function spokenRole(values: Values): Role | null {
  const extension = values[musterUser.id];
  const appRole = isObject(extension) ? extension.appRole : undefined;
  const words = [...elementsOf(values, "roles").map(({ value }) => value), appRole].filter(
    (word) => typeof word === "string",
  );
  if (words.length === 0) return null;
  return words.some((word) => fold(word.trim()) === "admin") ? "admin" : "member";
}

function toPerson(values: Values, active: boolean | undefined, role: Role | undefined): Person {
  const { userName, externalId, active: _active, groups: _groups, ...attributes } = values;
  const name = isObject(values.name) ? values.name : {};
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return {
    userName: text(userName),
    userNameKey: fold(text(userName)),
    externalId: typeof externalId === "string" ? externalId : null,
    givenName: text(name.givenName),
    familyName: text(name.familyName),
    attributes,
    folded: foldValues(attributes, userType),
    candidates: candidatesOf(values),
    active,
    role,
  };
}

/** What a change says: roles that were held and are gone are withdrawn, and leave a member. */
function toChange(before: Values, after: Values): PersonChange {
  const spoken = spokenRole(after) ?? (spokenRole(before) === null ? undefined : "member");
  const said = isEqual(before.roles, after.roles) && isEqual(before[musterUser.id], after[musterUser.id]);
  return {
    ...toPerson(after, after.active === true, said ? undefined : spoken),
    addressesChanged: !isEqual(candidatesOf(before), candidatesOf(after)),
  };
}

/** Left out by a PUT, these stay: their absence says nothing (DESIGN §5 "PUT"). */
function keepUnsaid(before: Values, { values, cleared }: ParsedResource): Values {
  const next = { ...values };
  for (const name of ["roles", "externalId"]) {
    if (!(name in values) && !cleared.has(name) && before[name] !== undefined) next[name] = before[name];
  }
  if (!("active" in values)) next.active = before.active;
  const wasThere = isObject(before[musterUser.id]) && !(musterUser.id in values);
  if (wasThere && !cleared.has(`${musterUser.id}:appRole`)) next[musterUser.id] = before[musterUser.id];
  return next;
}

/** Attributes of which a change touches state, role, seat or login: it needs the workspace's lock. */
const weighty = new Set(["userName", "emails", "active", "roles", "appRole"]);

// ── The store ──────────────────────────────────────────────────────────────

const columns = `m.id, m."userName", m."externalId", m.attributes, m.state, m.version, m."createdAt", m."updatedAt"`;
const groupsColumn = `(SELECT coalesce(json_agg(json_build_object('value', t.id, 'display', t.name) ORDER BY t."nameKey"), '[]')
  FROM "TeamMember" tm JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId"
  WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id) AS groups`;

function selected(selection: Selection): string {
  return groupsAttribute && wants(selection, groupsAttribute) ? `${columns}, ${groupsColumn}` : columns;
}

async function findUser(caller: Caller, id: string, selection: Selection): Promise<Stored | null> {
  const text = `SELECT ${selected(selection)} FROM "Membership" m WHERE m."workspaceId" = $1 AND m.id = $2 AND m.state <> 'ended'`;
  const row = await one<ReadRow>(statement(text, [caller.actor.workspaceId, id]));
  return row && toStored(row);
}

async function listUsers(caller: Caller, query: ListQuery): Promise<{ total: number; resources: Stored[] }> {
  const { total, rows } = await findPage<ReadRow>(caller.actor.workspaceId, query, {
    select: selected(query.selection),
    from: `"Membership" m`,
    where: `m."workspaceId" = $1 AND m.state <> 'ended'`,
    id: "m.id",
    columns: userColumns(scimBase()),
  });
  return { total, resources: rows.map(toStored) };
}

/** A changed row as it is sent back: with its groups, which the change did not load. */
async function shown(caller: Caller, row: Membership, selection: Selection): Promise<Stored> {
  if (!groupsAttribute || !wants(selection, groupsAttribute)) return toStored(row);
  const groups = await all<{ value: string; display: string }>(sql`
    SELECT t.id AS value, t.name AS display FROM "TeamMember" tm JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId"
    WHERE tm."workspaceId" = ${caller.actor.workspaceId} AND tm."membershipId" = ${row.id} ORDER BY t."nameKey"`);
  return toStored({ ...row, groups });
}

/** The memberships of a workspace as SCIM Users. */
export const userStore: ResourceStore<Caller> = {
  type: userType,
  find: findUser,
  list: listUsers,

  async create(caller, values) {
    const active = typeof values.active === "boolean" ? values.active : undefined;
    const outcome = await createPerson(caller.actor, toPerson(values, active, spokenRole(values) ?? undefined));
    tell(caller, outcome);
    return shown(caller, outcome.membership, everything);
  },

  async replace(caller, id, parsed, expect, selection) {
    const decide = (row: Membership) => {
      expect(row.version);
      const before = valuesOf(row);
      const after = keepUnsaid(before, parsed);
      return isEqual(before, after) ? null : toChange(before, after);
    };
    const outcome = await changePerson(caller.actor, id, decide, { profileOnly: false });
    tell(caller, outcome);
    return shown(caller, outcome.membership, selection);
  },

  async patch(caller, id, operations, expect, selection) {
    const decide = (row: Membership) => {
      expect(row.version);
      const before = valuesOf(row);
      const after = applyPatch(before, withActive(operations));
      return after === before ? null : toChange(before, after);
    };
    const profileOnly = ![...touched(operations)].some((name) => weighty.has(name));
    const outcome = await changePerson(caller.actor, id, decide, { profileOnly });
    tell(caller, outcome);
    return shown(caller, outcome.membership, selection);
  },

  async delete(caller, id, expect) {
    tell(caller, await endPerson(caller.actor, id, (row) => expect(row.version)));
  },

  // `groups` is computed and its changes do not move the version (DESIGN §5 "Version").
  isCacheable: (selection) => !groupsAttribute || !wants(selection, groupsAttribute),
};

/** Removing or emptying `active` says nothing of it: the state is the workspace's, and it is always one or the other. */
function withActive(operations: Operation[]): Operation[] {
  return operations.filter(({ target, value }) => target.attribute.name !== "active" || typeof value === "boolean");
}
