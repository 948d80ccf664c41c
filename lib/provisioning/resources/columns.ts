import { cleanName } from "@/lib/name";
import type { Columns, Location } from "@/lib/scim/filter/sql";
import { printPath } from "@/lib/scim/schema/path";
import type { Attribute, ResourceType, Schema } from "@/lib/scim/schema/schema";
import { enterpriseUser } from "@/lib/scim/schemas/enterprise-user";
import { group } from "@/lib/scim/schemas/group";
import { musterUser } from "@/lib/scim/schemas/muster-user";
import { user } from "@/lib/scim/schemas/user";

/** Attributes that are displayed as a person's or a team's name. */
const names = new Set(["displayName", "nickName", "name"]);

/** The schema with names cleaned to one line of visible characters (T30), whichever request sets them. */
function withCleanNames(schema: Schema): Schema {
  const clean = (row: Attribute): Attribute =>
    row.type === "complex" ? { ...row, subAttributes: row.subAttributes.map(clean) } : { ...row, clean: cleanName };
  return { ...schema, attributes: schema.attributes.map((row) => (names.has(row.name) ? clean(row) : row)) };
}

/** Users: the memberships of a workspace. */
export const userType: ResourceType = {
  name: "User",
  endpoint: "/Users",
  description: "A person of the workspace",
  schema: withCleanNames(user),
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
  schema: withCleanNames(group),
  extensions: [],
};

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Where attributes are stored, by their printed path. */
type Places = Record<string, Location>;

/** The common attributes of a row `alias` with columns for its id, times and version. */
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

/** The location of a path, else of its whole attribute, else `otherwise`. */
function columnsOf(places: Places, otherwise: Location): Columns {
  const at = (name: string) => (Object.hasOwn(places, name) ? places[name] : undefined);
  return (path) => at(printPath(path)) ?? at(printPath({ ...path, sub: null })) ?? otherwise;
}

/** The `schemas` of a row: the core one, and each extension that has data. */
function urnsOf(alias: string, core: string): string {
  return `(ARRAY['${core}'] || ARRAY(SELECT k FROM jsonb_object_keys(${alias}.folded) k WHERE k LIKE 'urn:%'))`;
}

/** Caches the locations: the base URL of a process doesn't change. */
function once(make: (base: string) => Columns): (base: string) => Columns {
  const made = new Map<string, Columns>();
  return (base) => {
    const columns = made.get(base) ?? make(base);
    made.set(base, columns);
    return columns;
  };
}

/** The teams of a person. */
export const inTeams = `"TeamMember" tm JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId"`;

/** A digest of a person's teams: it changes the ETag when teams are added, removed or renamed (D-70). */
export const teamsDigest = `lpad(to_hex(hashtextextended(string_agg(t.id || t.name, ' ' ORDER BY t."nameKey"), 0)), 16, '0')`;

/** The digest of a person without teams. */
export const noTeams = "0".repeat(16);

/**
 * Ends the digest in a person's ETag while their manager is in this workspace, because `manager.$ref` disappears with the manager. A hex
 * digit, like the digest.
 */
export const managerMark = "1";

/** Where a User's attributes are stored, in a query over "Membership" m. */
export const userColumns = once((base) => {
  const manager = `(m.attributes #>> '{${enterpriseUser.id},manager,value}')`;
  const findManager = `FROM "Membership" b WHERE b."workspaceId" = m."workspaceId" AND b.id = (SELECT muster_id(${manager})) AND b.state <> 'ended'`;
  return columnsOf(
    {
      ...commonPlaces("m", userType, base, urnsOf("m", user.id)),
      "meta.version": {
        kind: "column",
        sql: `('W/"' || m.version || '-' || coalesce((SELECT ${teamsDigest} FROM ${inTeams} WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id), '${noTeams}') || CASE WHEN EXISTS (SELECT 1 ${findManager}) THEN '${managerMark}' ELSE '' END || '"')`,
      },
      userName: { kind: "column", sql: `m."userNameKey"` },
      active: { kind: "column", sql: "(m.state IN ('invited', 'active'))" },
      [`${enterpriseUser.id}:manager.$ref`]: {
        kind: "column",
        sql: `(SELECT ${quoted(`${base}${userType.endpoint}/`)} || b.id ${findManager})`,
      },
      groups: {
        kind: "rows",
        from: `${inTeams} WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id`,
        id: "t.id",
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

/** Characters of a member's name in a group; the name itself can be as long as a body. */
const maxDisplay = 256;

/** The display of the member in row tm: the display name, else the userName (D-60), as sent or folded for filters. */
export function memberDisplay(as: "sent" | "folded"): string {
  const part = (name: string) => `coalesce(b.folded #>> '{name,${name}}', '')`;
  const names =
    as === "sent"
      ? { attributes: "b.attributes", given: `b."givenName"`, family: `b."familyName"`, userName: `b."userName"` }
      : { attributes: "b.folded", given: part("givenName"), family: part("familyName"), userName: `b."userNameKey"` };
  const { attributes, given, family, userName } = names;
  return `(SELECT left(coalesce(muster_display_name(${attributes}, ${given}, ${family}), ${userName}), ${maxDisplay})
    FROM "Membership" b WHERE b."workspaceId" = tm."workspaceId" AND b.id = tm."membershipId")`;
}

/** Where a Group's attributes are stored, in a query over "Team" t. */
export const groupColumns = once((base) => {
  return columnsOf(
    {
      ...commonPlaces("t", groupType, base, urnsOf("t", group.id)),
      displayName: { kind: "column", sql: `t."nameKey"` },
      members: {
        kind: "rows",
        from: `"TeamMember" tm WHERE tm."workspaceId" = t."workspaceId" AND tm."teamId" = t.id`,
        id: `tm."membershipId"`,
        columns: {
          value: `tm."membershipId"::text`,
          $ref: `(${quoted(`${base}${userType.endpoint}/`)} || tm."membershipId")`,
          display: memberDisplay("folded"),
          type: "'user'",
        },
      },
    },
    { kind: "document", sql: "t.folded" },
  );
});
