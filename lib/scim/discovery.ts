import { notFound, ScimError } from "./error";
import type { ScimAnswer } from "./exchange";
import { listResponse } from "./query/list";
import type { Route } from "./route";
import type { Attribute, ResourceType, Schema, Values } from "./schema/schema";
import { resourceTypeSchema, schemaSchema, serviceProviderConfig } from "./schemas/discovery";

/** The features the service really has; ServiceProviderConfig states no others. */
export type Features = {
  sort: boolean;
  bulk: { maxOperations: number; maxPayloadSize: number };
  maxResults: number;
  /** Where people read about the service. */
  documentationUri: string;
  pagination: { defaultPageSize: number; maxPageSize: number; cursorTimeout: number };
};

/** RFC 7643 §5, RFC 9865 §4 */
function describeService(features: Features, base: string): Values {
  const { bulk, sort, maxResults, pagination, documentationUri } = features;
  return {
    schemas: [serviceProviderConfig.id],
    documentationUri,
    patch: { supported: true },
    bulk: { supported: true, ...bulk },
    filter: { supported: true, maxResults },
    changePassword: { supported: false },
    sort: { supported: sort },
    etag: { supported: true },
    pagination: { cursor: true, index: true, defaultPaginationMethod: "index", ...pagination },
    authenticationSchemes: [
      {
        type: "oauthbearertoken",
        name: "Bearer token",
        description: "An access token of the workspace in the Authorization header.",
        specUri: "https://www.rfc-editor.org/info/rfc6750",
        primary: true,
      },
      {
        type: "httpbasic",
        name: "HTTP Basic",
        description: "The access token as user name, with an empty password.",
        specUri: "https://www.rfc-editor.org/info/rfc7617",
      },
      {
        type: "oauth2",
        name: "OAuth 2.0",
        description:
          "Client credentials, authorization codes and workload identity federation; /.well-known/oauth-authorization-server tells where.",
        specUri: "https://www.rfc-editor.org/info/rfc6749",
      },
    ],
    meta: { resourceType: "ServiceProviderConfig", location: `${base}/ServiceProviderConfig` },
  };
}

/** RFC 7643 §6; the id is the name (interop profile). */
function describeType(type: ResourceType, base: string): Values {
  return {
    schemas: [resourceTypeSchema.id],
    id: type.name,
    name: type.name,
    description: type.description,
    endpoint: type.endpoint,
    schema: type.schema.id,
    schemaExtensions: type.extensions.map(({ schema, required }) => ({ schema: schema.id, required })),
    meta: { resourceType: "ResourceType", location: `${base}/ResourceTypes/${type.name}` },
  };
}

/** RFC 7643 §7 */
function describeSchema(schema: Schema, base: string): Values {
  return {
    schemas: [schemaSchema.id],
    id: schema.id,
    name: schema.name,
    description: schema.description,
    attributes: schema.attributes.map(describeAttribute),
    meta: { resourceType: "Schema", location: `${base}/Schemas/${schema.id}` },
  };
}

/** No nulls, and only characteristics from RFC 7643 §7: a portal's schema test rejected an extra one. */
function describeAttribute(attribute: Attribute): Values {
  const { subAttributes, canonicalValues, referenceTypes, caseExact, uniqueness, ...plain } = attribute;
  const { name, type, multiValued, description, required, mutability, returned } = plain;
  const isText = type === "string" || type === "reference" || type === "binary";
  return {
    name,
    type,
    multiValued,
    description,
    required,
    ...(isText && { caseExact }),
    mutability,
    returned,
    ...(type !== "complex" && { uniqueness }),
    ...(canonicalValues && { canonicalValues }),
    ...(referenceTypes && { referenceTypes }),
    ...(type === "complex" && { subAttributes: subAttributes.map(describeAttribute) }),
  };
}

/** Every schema in use: the types' own, their extensions, and the three of discovery itself. */
function listSchemas(types: readonly ResourceType[]): Schema[] {
  const used = types.flatMap((type) => [type.schema, ...type.extensions.map(({ schema }) => schema)]);
  return [...new Set([...used, serviceProviderConfig, resourceTypeSchema, schemaSchema])];
}

/** Discovery can't be searched (RFC 7644 §4): a filter is 403; paging and sorting are ignored (E8). */
export function discover(
  { base, features, stores }: { base: string; features: Features; stores: readonly { type: ResourceType }[] },
  route: Extract<Route, { kind: "config" | "types" | "type" | "schemas" | "schema" }>,
  query: ReadonlyMap<string, string>,
): ScimAnswer {
  if (query.has("filter")) throw new ScimError(403, undefined, "Discovery can't be filtered: read it whole.");
  const types = stores.map(({ type }) => type);
  switch (route.kind) {
    case "config":
      return found(describeService(features, base));
    case "types":
      return found(listAll(types.map((type) => describeType(type, base))));
    case "type":
      return found(
        itemOf(
          types.find(({ name }) => name.toLowerCase() === route.id.toLowerCase()),
          (type) => describeType(type, base),
        ),
      );
    case "schemas":
      return found(listAll(listSchemas(types).map((schema) => describeSchema(schema, base))));
    case "schema":
      return found(
        itemOf(
          listSchemas(types).find(({ id }) => id.toLowerCase() === route.id.toLowerCase()),
          (schema) => describeSchema(schema, base),
        ),
      );
    default:
      return route satisfies never;
  }
}

function found(body: Values): ScimAnswer {
  return { status: 200, headers: {}, body };
}

function listAll(items: Values[]): Values {
  return listResponse(items, items.length, { startIndex: 1 });
}

function itemOf<Item>(item: Item | undefined, show: (item: Item) => Values): Values {
  if (item === undefined) throw notFound("There is no such item. /ResourceTypes and /Schemas list what there is.");
  return show(item);
}
