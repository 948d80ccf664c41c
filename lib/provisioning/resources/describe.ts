import { all, one, sql } from "@/lib/db";
import { isObject } from "@/lib/scim/json";
import { extendType } from "@/lib/scim/schema/declare";
import type { Attribute, ResourceType, Values } from "@/lib/scim/schema/schema";
import { enterpriseUser } from "@/lib/scim/schemas/enterprise-user";
import type { Membership } from "@/lib/workspace/membership/row";
import { notFound } from "@/lib/workspace/refusal";
import { userType } from "./columns";
import { listSchemaExtensions } from "./schema-extensions";
import { managerOf, valuesOf } from "./user-row";

// A User as an admin reads it: every attribute that the identity provider has set, by the names of its schema, and the places above and
// below in the organisation.

/** One value: its path in the schema, such as `emails[work].value`. */
type Described = { path: string; value: string };

/** A schema with its values; `name` is the schema's own. */
type DescribedSchema = { id: string; name: string; values: Described[] };

/** The most values of one person that are described. */
const maxValues = 200;

/** The labels of a list's elements: their types, with the place where a type is repeated; else the places. */
function labelsOf(elements: readonly unknown[]): string[] {
  const types = elements.map((element) =>
    isObject(element) && typeof element.type === "string" && element.type !== "" ? element.type : null,
  );
  return types.map((type, index) => {
    const isOnly = types.filter((other) => other === type).length === 1;
    return type === null ? String(index + 1) : isOnly ? type : `${type} ${index + 1}`;
  });
}

function listValues(attribute: Attribute, value: unknown, path: string, isElement = false): Described[] {
  if (attribute.returned === "never" || value === undefined || value === null) return [];
  if (attribute.multiValued && Array.isArray(value)) {
    const labels = labelsOf(value);
    const one = { ...attribute, multiValued: false };
    return value.flatMap((element, index) => listValues(one, element, `${path}[${labels[index]}]`, true));
  }
  if (!isObject(value)) return [{ path, value: String(value) }];
  return attribute.subAttributes
    .filter(({ name }) => name !== "$ref" && !(isElement && name === "type")) // the label has the type
    .flatMap((part) => listValues(part, value[part.name], `${path}.${part.name}`));
}

function listAll(attributes: readonly Attribute[], values: Values): Described[] {
  return attributes
    .flatMap((attribute) => listValues(attribute, values[attribute.name], attribute.name))
    .slice(0, maxValues);
}

/** The schemas of a type with the values that a person has in each; schemas without a value are left out. */
function describeValues(type: ResourceType, values: Values): DescribedSchema[] {
  const core = { id: type.schema.id, name: type.schema.name, values: listAll(type.schema.attributes, values) };
  const extensions = type.extensions.map(({ schema }) => {
    const own = values[schema.id];
    return { id: schema.id, name: schema.name, values: isObject(own) ? listAll(schema.attributes, own) : [] };
  });
  return [core, ...extensions].filter((schema) => schema.values.length > 0);
}

type Named = { id: string; name: string };

/** The most reports of a person that are named. */
const maxReports = 20;

/** People by the id of their manager, which is folded like every other value. */
function findReports(workspaceId: string, id: string) {
  const manager = JSON.stringify({ [enterpriseUser.id]: { manager: { value: id } } });
  return all<Named & { total: number }>(sql`
    SELECT m.id, coalesce(muster_display_name(m.attributes, m."givenName", m."familyName"), m.address, m."userName") AS name, count(*) OVER () AS total
    FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} AND m.state <> 'ended' AND m.folded @> ${manager}::jsonb
    ORDER BY 2, m.id LIMIT ${maxReports}`);
}

function findNamed(workspaceId: string, id: string) {
  return one<Named>(sql`
    SELECT m.id, coalesce(muster_display_name(m.attributes, m."givenName", m."familyName"), m.address, m."userName") AS name
    FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} AND m.id = ${id} AND m.state <> 'ended'`);
}

async function typeOf(workspaceId: string): Promise<ResourceType> {
  const own = (await listSchemaExtensions(workspaceId)).filter(({ resourceType }) => resourceType === "User");
  return own.length === 0 ? userType : extendType(userType, own);
}

/** A person's attributes by schema, manager and reports. Throws a refusal if this workspace has never had them. */
export async function describeUser(workspaceId: string, id: string) {
  const row = await one<Pick<Membership, "userName" | "externalId" | "state" | "attributes">>(
    sql`SELECT "userName", "externalId", state, attributes FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND id = ${id}`,
  );
  if (!row) throw notFound("member");
  const values = valuesOf(row);
  const managerId = managerOf(values)?.value;
  const [type, manager, reports] = await Promise.all([
    typeOf(workspaceId),
    typeof managerId === "string" ? findNamed(workspaceId, managerId) : null,
    findReports(workspaceId, id),
  ]);
  return {
    schemas: describeValues(type, values),
    manager,
    reports: reports.map(({ total: _, ...person }) => person),
    reportCount: reports[0]?.total ?? 0,
  };
}
