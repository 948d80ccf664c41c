import { all, type SchemaExtensionModel, sql, type Tx } from "@/lib/db";
import { extendType, parseSchema, whyIncompatible } from "@/lib/scim/schema/declare";
import type { Schema } from "@/lib/scim/schema/schema";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { groupType, userType } from "./columns";

/** A schema that a workspace declares, for its Users or its Groups. */
export type SchemaExtension = { resourceType: "User" | "Group"; schema: Schema; required: boolean };

type Row = Pick<SchemaExtensionModel, "resourceType" | "urn" | "name" | "description" | "required"> & {
  attributes: unknown;
};

function toExtension({ resourceType, required, urn, ...row }: Row): SchemaExtension {
  return { resourceType, required, schema: parseSchema({ ...row, id: urn }) };
}

/** The schemas that a workspace declares, by URN. */
export async function listSchemaExtensions(workspaceId: string): Promise<SchemaExtension[]> {
  const rows = await all<Row>(sql`
    SELECT "resourceType", urn, name, description, required, attributes FROM "SchemaExtension" WHERE "workspaceId" = ${workspaceId} ORDER BY key`);
  return rows.map(toExtension);
}

/**
 * Declares an extension schema, or adds attributes to a declared one. From the next request on it is stored, filtered, sorted, patched and
 * discovered. Throws 400 `invalidValue` (ScimError) if the data is not a valid schema, and rejects a change that stored values would not
 * fit.
 */
export async function declareSchemaExtension(
  actor: Actor,
  resourceType: "User" | "Group",
  data: unknown,
  required: boolean,
): Promise<SchemaExtension> {
  const schema = parseSchema(data);
  for (const type of [userType, groupType]) extendType(type, [{ schema, required }]); // rejects a built-in URN
  const key = schema.id.toLowerCase();
  await inWorkspace(actor.workspaceId, async (tx) => {
    const known = await tx.one<Row>(
      sql`SELECT * FROM "SchemaExtension" WHERE "workspaceId" = ${actor.workspaceId} AND key = ${key}`,
    );
    if (known) refuseIncompatible(toExtension(known), schema, resourceType);
    await tx.run(sql`
      INSERT INTO "SchemaExtension" ("workspaceId", key, urn, "resourceType", name, description, required, attributes)
      VALUES (${actor.workspaceId}, ${key}, ${known?.urn ?? schema.id}, ${resourceType}, ${schema.name}, ${schema.description}, ${required}, ${JSON.stringify(schema.attributes)})
      ON CONFLICT ("workspaceId", key) DO UPDATE SET name = excluded.name, description = excluded.description, required = excluded.required, attributes = excluded.attributes`);
    const target = { kind: "workspace" as const, id: actor.workspaceId, name: schema.id };
    record(tx, actor, "schema.declared", target, { after: { urn: schema.id, resourceType, required } });
  });
  return { resourceType, schema, required };
}

function refuseIncompatible(known: SchemaExtension, next: Schema, resourceType: string): void {
  const why =
    known.resourceType === resourceType ? whyIncompatible(known.schema, next) : `it belongs to ${known.resourceType}`;
  if (why !== null) throw refusal("schema_incompatible.why", { schema: next.id, why });
}

/** Removes a schema with all its values; the version of people and teams that had one goes up. */
export async function removeSchemaExtension(actor: Actor, urn: string): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx) => {
    const removed = await tx.one<Pick<SchemaExtensionModel, "urn">>(sql`
      DELETE FROM "SchemaExtension" WHERE "workspaceId" = ${actor.workspaceId} AND key = ${urn.toLowerCase()} RETURNING urn`);
    if (!removed) throw notFound("schema");
    await dropValues(tx, actor.workspaceId, removed.urn);
    const target = { kind: "workspace" as const, id: actor.workspaceId, name: removed.urn };
    record(tx, actor, "schema.removed", target, { before: { urn: removed.urn } });
  });
}

async function dropValues(tx: Tx, workspaceId: string, urn: string): Promise<void> {
  await tx.run(sql`
    UPDATE "Membership" SET attributes = attributes - ${urn}::text, folded = folded - ${urn}::text, version = version + 1, "updatedAt" = now()
    WHERE "workspaceId" = ${workspaceId} AND attributes ? ${urn}`);
  await tx.run(sql`
    UPDATE "Team" SET attributes = attributes - ${urn}::text, folded = folded - ${urn}::text, version = version + 1, "updatedAt" = now()
    WHERE "workspaceId" = ${workspaceId} AND attributes ? ${urn}`);
}
