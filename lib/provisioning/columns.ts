import { printPath } from "@/lib/scim/path";
import type { ResourceType } from "@/lib/scim/schema";
import { enterpriseUser } from "@/lib/scim/schemas/enterprise-user";
import { group } from "@/lib/scim/schemas/group";
import { musterUser } from "@/lib/scim/schemas/muster-user";
import { user } from "@/lib/scim/schemas/user";
import type { Columns, Location } from "@/lib/scim/sql";

/** Users: the memberships of a workspace. */
export const userType: ResourceType = {
  name: "User",
  endpoint: "/Users",
  description: "A person of the workspace",
  schema: user,
  extensions: [
    { schema: enterpriseUser, required: false },
    { schema: musterUser, required: false },
  ],
};

/** Groups: the teams of a workspace. */
export const groupType: ResourceType = {
  name: "Group",
  endpoint: "/Groups",
  description: "A team of the workspace",
  schema: group,
  extensions: [],
};

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Where attributes live, by their path as it is written. */
type Places = Record<string, Location>;

/** The common attributes of a row `alias`, whose id, times and version are columns of the same name. */
function commonPlaces(alias: string, type: ResourceType, base: string, schemas: string): Places {
  return {
    id: { kind: "column", sql: `${alias}.id`, type: "uuid" },
    externalId: { kind: "column", sql: `${alias}."externalId"`, indexed: 400 },
    schemas: { kind: "array", sql: schemas },
    meta: { kind: "column", sql: "true" }, // every row has one
    "meta.resourceType": { kind: "column", sql: quoted(type.name) },
    "meta.created": { kind: "column", sql: `${alias}."createdAt"`, type: "time" },
    "meta.lastModified": { kind: "column", sql: `${alias}."updatedAt"`, type: "time" },
    "meta.version": { kind: "column", sql: `('W/"' || ${alias}.version || '"')` },
    "meta.location": { kind: "column", sql: `(${quoted(`${base}${type.endpoint}/`)} || ${alias}.id)` },
  };
}

/** The place of a path, else of its attribute as a whole, else of everything that has no place of its own. */
function columnsOf(places: Places, otherwise: Location): Columns {
  const at = (name: string) => (Object.hasOwn(places, name) ? places[name] : undefined);
  return (path) => at(printPath(path)) ?? at(printPath({ ...path, sub: null })) ?? otherwise;
}

/** The `schemas` of a row: the core one, and each extension that has data. */
function urnsOf(alias: string, core: string): string {
  return `(ARRAY['${core}'] || ARRAY(SELECT k FROM jsonb_object_keys(${alias}.folded) k WHERE k LIKE 'urn:%'))`;
}

/** Places are the same for every request of a process, whose base does not change. */
function once(make: (base: string) => Columns): (base: string) => Columns {
  const made = new Map<string, Columns>();
  return (base) => {
    const columns = made.get(base) ?? make(base);
    made.set(base, columns);
    return columns;
  };
}

/** Where the attributes of a User live, in a query over "Membership" m. */
export const userColumns = once((base) => {
  const manager = `(m.folded #>> '{${enterpriseUser.id},manager,value}')`;
  return columnsOf(
    {
      ...commonPlaces("m", userType, base, urnsOf("m", user.id)),
      userName: { kind: "column", sql: `m."userNameKey"` },
      active: { kind: "column", sql: "(m.state IN ('invited', 'active'))" },
      [`${enterpriseUser.id}:manager.$ref`]: {
        kind: "column",
        sql: `(CASE WHEN ${manager} ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN ${quoted(`${base}${userType.endpoint}/`)} || ${manager} END)`,
      },
      groups: {
        kind: "rows",
        from: `"TeamMember" tm JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId" WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id`,
        columns: {
          value: "t.id::text",
          $ref: `(${quoted(`${base}${groupType.endpoint}/`)} || t.id)`,
          display: `t."nameFolded"`,
          type: "'direct'",
        },
      },
    },
    { kind: "document", sql: "m.folded" },
  );
});

/** Where the attributes of a Group live, in a query over "Team" t. */
export const groupColumns = once((base) => {
  return columnsOf(
    {
      ...commonPlaces("t", groupType, base, urnsOf("t", group.id)),
      displayName: { kind: "column", sql: `t."nameFolded"` },
      members: {
        kind: "rows",
        from: `"TeamMember" tm WHERE tm."workspaceId" = t."workspaceId" AND tm."teamId" = t.id`,
        columns: {
          value: `tm."membershipId"::text`,
          $ref: `(${quoted(`${base}${userType.endpoint}/`)} || tm."membershipId")`,
          type: "'user'",
        },
      },
    },
    { kind: "document", sql: "t.folded" },
  );
});
