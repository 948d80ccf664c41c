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

type Place = Location | Record<string, Location>;

/** The common attributes of a row `alias`, whose id, times and version are columns of the same name. */
function commonPlaces(alias: string, type: ResourceType, base: string, schemas: string): Record<string, Place> {
  return {
    id: { kind: "column", sql: `${alias}.id`, type: "uuid" },
    externalId: { kind: "column", sql: `${alias}."externalId"` },
    schemas: { kind: "array", sql: schemas },
    meta: {
      resourceType: { kind: "column", sql: `'${type.name}'` },
      created: { kind: "column", sql: `${alias}."createdAt"`, type: "time" },
      lastModified: { kind: "column", sql: `${alias}."updatedAt"`, type: "time" },
      version: { kind: "column", sql: `('W/"' || ${alias}.version || '"')` },
      location: { kind: "column", sql: `('${base.replaceAll("'", "''")}${type.endpoint}/' || ${alias}.id)` },
    },
  };
}

function isLocation(place: Place): place is Location {
  return typeof (place as Location).kind === "string";
}

/** A complex attribute as a whole is there with every row; its parts have places of their own. */
function partOf(place: Place, sub: string | undefined): Location {
  if (isLocation(place)) return place;
  return place[sub ?? ""] ?? { kind: "column", sql: "true" };
}

function columnsOf(places: Record<string, Place>, otherwise: Location): Columns {
  return ({ extension, attribute, sub }) => {
    const place = extension === null && Object.hasOwn(places, attribute.name) ? places[attribute.name] : undefined;
    return place ? partOf(place, sub?.name) : otherwise;
  };
}

/** The `schemas` of a row: the core one, and each extension that has data. */
function urnsOf(alias: string, core: string): string {
  return `(ARRAY['${core}'] || ARRAY(SELECT k FROM jsonb_object_keys(${alias}.folded) k WHERE k LIKE 'urn:%'))`;
}

/** Where the attributes of a User live, in a query over "Membership" m. */
export function userColumns(base: string): Columns {
  return columnsOf(
    {
      ...commonPlaces("m", userType, base, urnsOf("m", user.id)),
      userName: { kind: "column", sql: `m."userNameKey"` },
      active: { kind: "column", sql: "(m.state IN ('invited', 'active'))" },
      groups: {
        kind: "rows",
        from: `"TeamMember" tm JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId" WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id`,
        columns: { value: "t.id::text", display: `t."nameKey"`, type: "'direct'" },
      },
    },
    { kind: "document", sql: "m.folded" },
  );
}

/** Where the attributes of a Group live, in a query over "Team" t. */
export function groupColumns(base: string): Columns {
  return columnsOf(
    {
      ...commonPlaces("t", groupType, base, urnsOf("t", group.id)),
      displayName: { kind: "column", sql: `t."nameKey"` },
      members: {
        kind: "rows",
        from: `"TeamMember" tm WHERE tm."workspaceId" = t."workspaceId" AND tm."teamId" = t.id`,
        columns: { value: `tm."membershipId"::text`, type: "'user'" },
      },
    },
    { kind: "document", sql: "t.folded" },
  );
}
